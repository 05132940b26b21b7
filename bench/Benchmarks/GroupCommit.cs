using BenchmarkDotNet.Attributes;
using FlashSale.Grains.Journal;

namespace FlashSale.Benchmarks;

/// <summary>Where the events of a group go.</summary>
public enum Spread
{
    /// <summary>All in one ledger: the stock of the one article that everybody wants.</summary>
    OneLedger,

    /// <summary>Each one as the first of a new ledger with a random name: the carts of shoppers seen for the first time.</summary>
    NewLedgers,
}

/// <summary>
/// Events a second through <see cref="SqliteJournal.Append"/>, one group at a time, each durable (WAL, synchronous=FULL) before the next.
/// </summary>
/// <remarks>
/// It bounds every purchase from below: <c>HTTP &lt;= grain &lt;= GroupCommit &lt;= disk</c>. Expected: at a group of 1 the fsync is all
/// (groups/s about the disk's fsyncs/s); in one ledger events/s grow nearly with the group until the CPU of an insert bounds them; from groups
/// of 32 on, where the fsync no longer hides it, new ledgers stay below one ledger, for each dirties a page of two trees at a random place.
/// </remarks>
[Config(typeof(ShortInProcess))]
public class GroupCommit
{
    /// <summary>About what a Held event weighs: 201 bytes of JSON.</summary>
    const string Payload =
        """{"hold":"hold-0123456789abcdef0123456789abcdef","shopper":"shopper-00000001","pool":"campaign-dior","units":1,"expiresAt":"2027-01-15T08:10:00.123Z","limit":2,"price":{"amount":68000,"currency":"CNY"}}""";

    static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    readonly byte[] _digits = new byte[16];
    Random _random = null!;
    string _directory = null!;
    SqliteJournal _journal = null!;
    JournalEntry[] _group = null!;
    long _seq;

    [Params(1, 8, 32, 128, 512, 2048)]
    public int Events { get; set; }

    [Params(Spread.OneLedger, Spread.NewLedgers)]
    public Spread Spread { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _random = new Random(1);
        _seq = 0;
        _directory = Directory.CreateTempSubdirectory("flashsale-bench-").FullName;
        _journal = SqliteJournal.Open(_directory, TimeProvider.System);
    }

    [GlobalCleanup]
    public async Task Close()
    {
        await _journal.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [IterationSetup]
    public void Fill() => _group = Spread == Spread.OneLedger ? OneLedger() : NewLedgers();

    [Benchmark]
    public async Task Append()
    {
        foreach (var matched in await _journal.Append(_group))
            if (!matched) throw new InvalidOperationException("Fenced.");
    }

    JournalEntry[] OneLedger()
    {
        var entry = new JournalEntry("stock/sku-1", Math.Min(_seq, 1), _seq, [.. Enumerable.Range(1, Events).Select(i => Row(_seq + i))]);
        _seq += Events;
        return [entry];
    }

    JournalEntry[] NewLedgers() => [.. Enumerable.Range(0, Events).Select(_ => new JournalEntry("cart/shopper-" + Digits(), 0, 0, [Row(1)]))];

    EventRow Row(long at) => new(at, At, Digits(), 3, Payload);

    string Digits()
    {
        _random.NextBytes(_digits);
        return Convert.ToHexStringLower(_digits);
    }
}
