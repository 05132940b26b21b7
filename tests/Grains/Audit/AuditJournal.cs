using FlashSale.Contracts;
using FlashSale.Grains.Audit;
using FlashSale.Grains.Cart;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.OperatorKeys;
using FlashSale.Grains.Stock;
using FlashSale.Grains.Tests.Journal;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>A journal written event by event, true or false as the test wants it, and its audit. Times are seconds since the campaign's opening.</summary>
internal sealed class AuditJournal : IDisposable
{
    public static readonly CampaignId Drop = new("drop");
    public static readonly Money Price = new(79900, "CNY");
    public const int HoldSeconds = 600;
    public const int ClosesAfter = 7200;

    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, List<EventRow>> _ledgers = new(StringComparer.Ordinal);

    public static DateTimeOffset At(double seconds) => new DateTimeOffset(2026, 11, 11, 10, 0, 0, TimeSpan.Zero).AddMilliseconds(Math.Round(seconds * 1000));

    public static HoldId HoldOf(string shopper, string key) => new(OperationId.Of(shopper, "hold", key));

    /// <summary>Appends to the ledger of a SKU.</summary>
    /// <returns>The event's seq.</returns>
    public long Stock(string sku, double at, StockEvent e) =>
        Add($"stock/sku-{sku}", seq => StockCodec.Events.Encode(e, new EventStamp(seq, At(at))));

    public long Cart(string shopper, double at, CartEvent e) =>
        Add($"cart/shopper-{shopper}", seq => CartCodec.Events.Encode(e, new EventStamp(seq, At(at))));

    /// <summary>Appends to the ledger of an operator's key.</summary>
    public void Key(string key, double at, OperatorKeyEvent e) =>
        Add($"operator/key-{key}", seq => OperatorKeyCodec.Events.Encode(e, new EventStamp(seq, At(at))));

    public long Row(string ledger, double at, int type, string payload, string? operation = null) =>
        Add(ledger, seq => new EventRow(seq, At(at), operation, type, payload));

    /// <summary>A SKU with units in the pool of the drop and the rest in the general pool.</summary>
    public void Sku(string sku, long received, long pool, int limit = 2)
    {
        Stock(sku, -100, new Registered());
        Stock(sku, -90, new Received(received, "receipt 4711") { Operation = OperationId.Of("operator", "adjust", sku) });
        Stock(sku, -80, Configured(pool, limit));
    }

    public static PoolConfigured Configured(long moved, int limit = 2, long version = 1) =>
        new(Drop, version, OnSale: true, Frozen: false, moved, At(0), At(ClosesAfter), limit, HoldSeconds, Price);

    /// <summary>A grant as the stock would have recorded it.</summary>
    public HoldInfo Held(string sku, double at, string shopper, string key, int quantity = 1, int limit = 2)
    {
        var id = HoldOf(shopper, key);
        var held = new Held(id, new ShopperId(shopper), Drop, quantity, At(at + HoldSeconds), limit, Price) { Operation = id.Operation };
        return Info(sku, Stock(sku, at, held), held);
    }

    public static HoldInfo Info(string sku, long generation, Held held) => new(
        held.Hold, generation, held.Shopper, held.Campaign, new Sku(sku), held.Quantity, held.ExpiresAt, held.Limit, held.Price, HoldState.Held);

    public void Claimed(double at, HoldInfo hold, string? cart = null) =>
        Cart(cart ?? hold.Shopper.Value, at, new Claimed(hold) { Operation = hold.Id.Operation });

    public void Refused(double at, HoldInfo hold, int owned = 2) => Cart(
        hold.Shopper.Value, at, new ClaimRefused(hold.Id, hold.Sku, hold.Generation, hold.Campaign, Status.LimitReached, hold.Limit, owned) { Operation = hold.Id.Operation });

    public void ClaimEnded(double at, HoldInfo hold, HoldState state, int? quantity = null) =>
        Cart(hold.Shopper.Value, at, new ClaimEnded(hold.Id, hold.Generation, state, quantity ?? hold.Quantity));

    public void Released(double at, HoldInfo hold, ReleaseCause cause = ReleaseCause.Shopper, int? quantity = null) =>
        Stock(hold.Sku.Value, at, new Released(hold.Id, hold.Generation, quantity ?? hold.Quantity, cause, Owned: 0));

    public void Expired(double at, HoldInfo hold) => Stock(hold.Sku.Value, at, new Expired(hold.Id, hold.Generation, hold.Quantity));

    public void Confirmed(double at, HoldInfo hold, int? sold = null, string order = "order") => Stock(
        hold.Sku.Value,
        at,
        new Confirmed(hold.Id, hold.Generation, sold ?? hold.Quantity, hold.Quantity - (sold ?? hold.Quantity))
        {
            Operation = OperationId.Of(hold.Shopper.Value, "confirm", order + hold.Id),
        });

    public void Refunded(double at, HoldInfo hold, int quantity, bool restock, string key = "refund") => Stock(
        hold.Sku.Value, at, new Refunded(hold.Id, hold.Generation, quantity, restock) { Operation = OperationId.Of("operator", "refund", key + hold.Id) });

    /// <summary>The journal as it stands, to be written in one group.</summary>
    public IReadOnlyList<JournalEntry> Entries => [.. _ledgers.Select(l => new JournalEntry(l.Key, Epoch: 0, Seq: 0, l.Value))];

    /// <summary>Writes the journal as it stands, lets somebody spoil it, and audits it.</summary>
    public async Task<AuditReport> Audit(Func<TemporaryDirectory, Task>? spoil = null, ILedgerClock? clock = null)
    {
        await using (var journal = _directory.Open())
        {
            var appended = await journal.Append(Entries);
            Assert.All(appended, Assert.True);
            if (spoil is not null) await spoil(_directory);
            return await new SqliteAuditor(_directory.Path, clock).Run();
        }
    }

    public void Dispose() => _directory.Remove();

    private long Add(string ledger, Func<long, EventRow> row)
    {
        if (!_ledgers.TryGetValue(ledger, out var rows)) _ledgers[ledger] = rows = [];
        rows.Add(row(rows.Count + 1));
        return rows.Count;
    }
}

/// <summary>What a test says of a report.</summary>
internal static class AuditAssert
{
    public static AuditedPromise Promise(this AuditReport report, string id) => Assert.Single(report.Promises, p => p.Id == id);

    /// <summary>Just these promises are broken, and the first names the place.</summary>
    public static void Breaks(this AuditReport report, string ids, params string[] details)
    {
        Assert.Equal(ids, string.Join(' ', report.Promises.Where(p => !p.Holds).Select(p => p.Id)));
        Assert.False(report.Holds);
        var said = string.Join('\n', report.Promises.Where(p => !p.Holds).Select(p => p.Detail));
        foreach (var detail in details) Assert.Contains(detail, said, StringComparison.Ordinal);
    }

    public static void AllHold(this AuditReport report) => Assert.True(report.Holds, string.Join('\n', report.Promises.Select(p => $"{p.Id} {p.Holds} {p.Detail}")));
}
