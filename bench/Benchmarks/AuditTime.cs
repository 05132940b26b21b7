using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using FlashSale.Contracts;
using FlashSale.Grains.Audit;
using FlashSale.Grains.Cart;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Stock;

namespace FlashSale.Benchmarks;

/// <summary>
/// How long an audit takes: a million events of a true drop, 5 SKUs, 250,000 carts of two events each. On PostgreSQL where <c>ConnectionStrings__FlashSale</c>
/// names an empty database. With <c>AUDIT_JOURNAL</c> the SQLite journal is made in that directory and left there, to be audited by other means.
/// </summary>
/// <remarks>Bounds how often an operator can have proof in a drop. Expected: reading the rows is most of it, so PostgreSQL takes longer than SQLite.</remarks>
[Config(typeof(FewLong))]
public class AuditTime
{
    private const int Skus = 5, Shoppers = 250_000, GroupSize = 2000;

    private static readonly CampaignId Drop = new("drop");
    private static readonly DateTimeOffset Opening = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);
    private static readonly Money Price = new(79_900, "CNY");

    private readonly string? _postgres = Environment.GetEnvironmentVariable("ConnectionStrings__FlashSale");
    private readonly string? _kept = Environment.GetEnvironmentVariable("AUDIT_JOURNAL");
    private string _directory = "";
    private IAuditor _auditor = null!;

    public IEnumerable<string> Stores => string.IsNullOrEmpty(_postgres) ? ["Sqlite"] : ["Sqlite", "Postgres"];

    [ParamsSource(nameof(Stores))]
    public string Store { get; set; } = "";

    // Not asynchronous: the toolchain would not wait for it.
    [GlobalSetup]
    public void Prepare() => Write().GetAwaiter().GetResult();

    private async Task Write()
    {
        _directory = _kept ?? Directory.CreateTempSubdirectory("flashsale-bench-").FullName;
        await using IJournal journal = Store == "Sqlite"
            ? SqliteJournal.Open(_directory, TimeProvider.System)
            : await PostgresJournal.Open(new PostgresOptions(_postgres!));
        for (var sku = 0; sku < Skus; sku++) await WriteSku(journal, $"sku-{sku}", sku * (Shoppers / Skus));
        _auditor = Store == "Sqlite" ? new SqliteAuditor(_directory) : new PostgresAuditor(_postgres!);
    }

    [GlobalCleanup]
    public void Remove()
    {
        if (_kept is null) Directory.Delete(_directory, recursive: true);
    }

    [Benchmark]
    public async Task Run()
    {
        var report = await _auditor.Run();
        if (!report.Holds) throw new InvalidOperationException(report.Promises.First(p => !p.Holds).Detail);
    }

    private static async Task WriteSku(IJournal journal, string sku, int firstShopper)
    {
        const int units = Shoppers / Skus;
        var stock = new Rows($"stock/sku-{sku}");
        stock.Add(new Registered());
        stock.Add(new Received(units, "receipt") { Operation = OperationId.Of("operator:", "adjust", sku) });
        stock.Add(new PoolConfigured(Drop, 1, OnSale: true, Frozen: false, units, Opening, Opening.AddHours(2), 1, 600, Price));
        for (var i = 0; i < units; i += GroupSize)
        {
            List<JournalEntry> carts = [];
            for (var j = i; j < Math.Min(i + GroupSize, units); j++) carts.Add(Buy(stock, new Sku(sku), new ShopperId($"shopper-{firstShopper + j}")));
            await Append(journal, [stock.Take(), .. carts]);
        }
    }

    private static JournalEntry Buy(Rows stock, Sku sku, ShopperId shopper)
    {
        var id = new HoldId(OperationId.Of(shopper.Value, "hold", "tap"));
        var generation = stock.Add(new Held(id, shopper, Drop, 1, Opening.AddSeconds(601), 1, Price) { Operation = id.Operation });
        stock.Add(new Confirmed(id, generation, 1, 0) { Operation = OperationId.Of(shopper.Value, "confirm", "tap") });
        var hold = new HoldInfo(id, generation, shopper, Drop, sku, 1, Opening.AddSeconds(601), 1, Price, HoldState.Held);
        return new JournalEntry($"cart/shopper-{shopper}", 0, 0,
        [
            CartCodec.Events.Encode(new Claimed(hold) { Operation = id.Operation }, new EventStamp(1, Opening.AddSeconds(1))),
            CartCodec.Events.Encode(new ClaimEnded(id, generation, HoldState.Confirmed, 1), new EventStamp(2, Opening.AddSeconds(2))),
        ]);
    }

    private static async Task Append(IJournal journal, JournalEntry[] group)
    {
        foreach (var matched in await journal.Append(group))
        {
            if (!matched) throw new InvalidOperationException("Fenced: the database is not empty.");
        }
    }

    /// <summary>The stock's ledger as it grows.</summary>
    private sealed class Rows(string ledger)
    {
        private List<EventRow> _rows = [];
        private long _written;
        private long _seq;

        public long Add(StockEvent e)
        {
            _rows.Add(StockCodec.Events.Encode(e, new EventStamp(++_seq, Opening.AddSeconds(1))));
            return _seq;
        }

        public JournalEntry Take()
        {
            var entry = new JournalEntry(ledger, Math.Min(_written, 1), _written, _rows);
            (_rows, _written) = ([], _seq);
            return entry;
        }
    }

    private sealed class FewLong : ManualConfig
    {
        public FewLong() => AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithInvocationCount(1)
            .WithUnrollFactor(1)
            .WithWarmupCount(1)
            .WithIterationCount(5));
    }
}
