using FlashSale.Silo;

namespace FlashSale.Crash.Tests.Stores;

/// <summary>A store that outlives the processes on it.</summary>
internal abstract class Store : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public string Directory => _directory.Path;

    /// <summary>How a process is started on it; at another port each time, for the old one may have been taken since.</summary>
    public SiloStart Start => new(
        Directory,
        [.. Settings, "--FlashSale:TokenKey", "token-key-of-all", "--FlashSale:ShopperRate:PermitsPerSecond", "100000", "--FlashSale:ShopperRate:Burst", "100000"]);

    /// <summary>Settings that choose it.</summary>
    protected abstract string[] Settings { get; }

    /// <summary>Runs a statement as an operator would; the first column of the first row.</summary>
    public abstract Task<object?> Run(string sql);

    /// <summary>Every figure and promise, from the journal itself, as <c>./flashsale audit</c> derives them.</summary>
    public async Task AssertAuditHolds()
    {
        using var report = new StringWriter();
        var code = await AuditCommand.Run(["--FlashSale:DataDirectory", Directory, .. Settings], report);
        Assert.True(code == 0, report.ToString());
    }

    /// <summary>How many events a ledger has.</summary>
    public async Task<long> Seq(string ledger) => await Run($"SELECT seq FROM ledger_head WHERE ledger = '{ledger}'") is long seq ? seq : 0;

    public void Dispose() => _directory.Dispose();
}
