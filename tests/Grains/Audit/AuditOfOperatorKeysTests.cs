using FlashSale.Contracts;
using FlashSale.Grains.OperatorKeys;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Operators' keys against the stock that they adjusted (P3).</summary>
public sealed class AuditOfOperatorKeysTests : IDisposable
{
    private static readonly Told Told = new("named", AuditJournal.Price);

    private readonly AuditJournal _journal = new();

    public AuditOfOperatorKeysTests()
    {
        foreach (var sku in new[] { "a", "b" }) _journal.Stock(sku, -100, new Registered());
    }

    public void Dispose() => _journal.Dispose();

    [Fact]
    public async Task Keys_that_did_what_the_stock_says_hold()
    {
        Received("k1", "a", 5, after: 0);
        Settled("k1", "a", "k1");
        Bound("open", "a", -1); // A crash came between.
        Bound("k2", "b", -3);
        _journal.Key("k2", 2, new KeyRefused { Operation = Op("k2", "b") });
        GivenUp("k2", "b", 3);
        _journal.Key("k2", 3, new KeyFreed(Status.Conflict) { Operation = Op("k2", "b") });
        Received("k2", "a", 7, after: 4);
        Settled("k2", "a", "k2");
        Bound("k3", "b", 1);
        _journal.Key("k3", 6, new KeyFreed(Status.IdempotencyMismatch) { Operation = Op("k3", "b") });
        var report = await _journal.Audit();
        report.AllHold();
        Assert.Contains("adjustments of 4 operators' keys", report.Promise("P3").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_acts_twice_is_found()
    {
        Received("k", "a", 5, after: 0);
        Settled("k", "a", "k");
        Received("k", "b", 5, after: 2);
        (await _journal.Audit()).Breaks("P3", "bound while it stands for 5 units of a");
    }

    [Fact]
    public async Task An_answer_that_the_stock_never_gave_is_found()
    {
        Bound("k", "a", 5);
        Settled("k", "a", "k");
        (await _journal.Audit()).Breaks("P3", "stands for 5 units of a, the stock has  of none");
    }

    [Fact]
    public async Task An_effect_of_other_units_is_found()
    {
        Bound("k", "a", 6);
        _journal.Stock("a", 1, new Received(5, "receipt", Told) { Operation = Op("k", "a") });
        Settled("k", "a", "k");
        (await _journal.Audit()).Breaks("P3", "stands for 6 units of a, the stock has 5 of a");
    }

    [Fact]
    public async Task A_refused_adjustment_that_was_not_given_up_keeps_the_key()
    {
        Bound("k", "b", -3);
        _journal.Key("k", 2, new KeyRefused { Operation = Op("k", "b") });
        _journal.Key("k", 3, new KeyFreed(Status.Conflict) { Operation = Op("k", "b") });
        (await _journal.Audit()).Breaks("P3", "-3 units of b were not given up");
    }

    [Fact]
    public async Task A_withdrawal_that_happens_after_it_was_given_up_is_found()
    {
        _journal.Stock("a", 0, new Received(5, "receipt", Told) { Operation = Op("k", "a") });
        GivenUp("w", "a", 3);
        _journal.Stock("a", 4, new Withdrawn(3, "broken", Told) { Operation = Op("w", "a") });
        (await _journal.Audit()).Breaks("P3", "has had an effect before");
    }

    [Fact]
    public async Task An_answer_to_another_operation_is_found()
    {
        Received("k", "a", 5, after: 0);
        _journal.Key("k", 3, new KeyRefused { Operation = Op("k", "b") });
        (await _journal.Audit()).Breaks("P3", "does not stand for this operation");
    }

    private static OperationId Op(string key, string sku) => OperationId.Of("operator:", "adjust:" + sku, key);

    private void Received(string key, string sku, long units, double after)
    {
        Bound(key, sku, units, after);
        _journal.Stock(sku, after + 1, new Received(units, "receipt", Told) { Operation = Op(key, sku) });
    }

    private void GivenUp(string key, string sku, long units) => _journal.Stock(sku, 2.5, new WithdrawalGivenUp(units, "broken") { Operation = Op(key, sku) });

    private void Bound(string key, string sku, long delta, double at = 1) =>
        _journal.Key(key, at, new KeyBound(new Sku(sku), delta, "receipt", Told) { Operation = Op(key, sku) });

    private void Settled(string key, string sku, string operation) => _journal.Key(
        key, 5, new KeySettled(new StockView(new Sku(sku), true, 5, 0, 5, [], 1, 2), Told) { Operation = Op(operation, sku) });
}
