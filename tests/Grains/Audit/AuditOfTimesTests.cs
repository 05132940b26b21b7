using FlashSale.Contracts;
using FlashSale.Grains.Stock;
using static FlashSale.Grains.Tests.Audit.AuditJournal;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Ends on time and windows (P4, P6), each check proved able to fail.</summary>
public sealed class AuditOfTimesTests : IDisposable
{
    private readonly AuditJournal _journal = new();

    public AuditOfTimesTests()
    {
        _journal.Sku("a", received: 10, pool: 3);
    }

    public void Dispose() => _journal.Dispose();

    [Fact]
    public async Task A_hold_whose_end_is_due_just_now_holds()
    {
        _journal.Held("a", 1, "mei", "k");
        (await _journal.Audit(clock: new Clock(At(601 + 5)))).AllHold();
    }

    [Fact]
    public async Task A_hold_overdue_by_the_clock_breaks_P4()
    {
        _journal.Held("a", 1, "mei", "k");
        (await _journal.Audit(clock: new Clock(At(601 + 5.001)))).Breaks("P4", "stock/sku-a 4: the hold was to end 5001 ms ago and is still held");
    }

    [Fact]
    public async Task A_hold_overdue_by_a_later_event_breaks_P4()
    {
        _journal.Held("a", 1, "mei", "k");
        _journal.Held("a", 620, "bo", "k");
        (await _journal.Audit()).Breaks("P4", "stock/sku-a 4: the hold was to end 19000 ms ago");
    }

    [Fact]
    public async Task An_early_expiry_breaks_P4()
    {
        _journal.Expired(600.9, _journal.Held("a", 1, "mei", "k"));
        (await _journal.Audit()).Breaks("P4", "stock/sku-a 5: generation 4 expires 100 ms too early");
    }

    [Fact]
    public async Task An_expiry_before_the_extended_end_breaks_P4()
    {
        var held = _journal.Held("a", 1, "mei", "k");
        _journal.Stock("a", 2, new Extended(held.Id, held.Generation, At(700)));
        _journal.Expired(650, held);
        (await _journal.Audit()).Breaks("P4", "generation 4 expires 50000 ms too early");
    }

    [Fact]
    public async Task A_late_expiry_is_told_but_holds()
    {
        _journal.Expired(661, _journal.Held("a", 1, "mei", "k"));
        var report = await _journal.Audit();
        report.AllHold();
        Assert.Contains("the latest did 60000 ms late", report.Promise("P4").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hold_of_another_length_than_the_pool_s_breaks_P4()
    {
        var id = HoldOf("mei", "k");
        _journal.Stock("a", 1, new Held(id, new ShopperId("mei"), Drop, 1, At(100), 2, Price) { Operation = id.Operation });
        (await _journal.Audit()).Breaks("P4", "stock/sku-a 4: a hold of 600 s has 99000 ms");
    }

    [Theory]
    [InlineData(-0.001, "units are held 1 ms before pool drop opens")]
    [InlineData(ClosesAfter, "units are held 0 ms after pool drop was to close")]
    public async Task A_hold_outside_the_window_breaks_P6(double at, string detail)
    {
        _journal.Held("a", at, "mei", "k");
        (await _journal.Audit()).Breaks("P6", "stock/sku-a 4: " + detail);
    }

    public static TheoryData<string, string> Stops => new()
    {
        { nameof(PoolFrozen), "units are held of the frozen pool drop" },
        { nameof(PoolConfigured), "units are held of pool drop, which is not on sale" },
    };

    [Theory]
    [MemberData(nameof(Stops))]
    public async Task A_hold_of_a_pool_that_is_stopped_breaks_P6(string by, string detail)
    {
        _journal.Stock("a", 1, by == nameof(PoolFrozen) ? new PoolFrozen(Drop, 2) : Configured(0, version: 2) with { OnSale = false });
        _journal.Held("a", 2, "mei", "k");
        (await _journal.Audit()).Breaks("P6", "stock/sku-a 5: " + detail);
    }

    [Fact]
    public async Task A_hold_of_a_closed_pool_breaks_P1_and_P6()
    {
        _journal.Stock("a", 1, new PoolClosed(Drop, 2, 3));
        _journal.Held("a", 2, "mei", "k");
        (await _journal.Audit()).Breaks("P1 P6", "stock/sku-a 5: units are held of the closed pool drop");
    }

    [Fact]
    public async Task An_older_version_breaks_P6()
    {
        _journal.Stock("a", 1, Configured(0, version: 1));
        (await _journal.Audit()).Breaks("P6", "stock/sku-a 4: pool drop goes from version 1 to 1");
    }

    [Fact]
    public async Task A_pool_that_comes_back_after_its_close_breaks_P6()
    {
        _journal.Stock("a", 1, new PoolClosed(Drop, 2, 3));
        _journal.Stock("a", 2, Configured(0, version: 3));
        _journal.Stock("a", 3, new PoolClosed(Drop, 4, 0));
        (await _journal.Audit()).Breaks("P6", "stock/sku-a 5: the closed pool drop is configured", "stock/sku-a 6: pool drop is closed twice");
    }

    [Fact]
    public async Task A_hold_of_an_unknown_pool_breaks_P1_and_P6()
    {
        var id = HoldOf("mei", "k");
        _journal.Stock("a", 1, new Held(id, new ShopperId("mei"), new CampaignId("none"), 1, At(601), 2, Price) { Operation = id.Operation });
        (await _journal.Audit()).Breaks("P1 P4 P5 P6", "stock/sku-a 4: units are held of pool none, which was never configured");
    }

    private sealed record Clock(DateTimeOffset Now) : ILedgerClock;
}
