using FlashSale.Contracts;
using FlashSale.Grains.Stock;
using static FlashSale.Grains.Tests.Audit.AuditJournal;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Whatever the machines may legally write is no breach.</summary>
public sealed class AuditOfTrueJournalsTests
{
    [Fact]
    public async Task An_empty_journal_holds()
    {
        using var journal = new AuditJournal();
        var report = await journal.Audit();
        report.AllHold();
        Assert.Equal(["P1", "P2", "P3", "P4", "P5", "P6", "P8"], report.Promises.Select(p => p.Id));
    }

    [Fact]
    public async Task A_whole_drop_holds()
    {
        using var journal = new AuditJournal();
        WriteDrop(journal);
        var report = await journal.Audit();
        report.AllHold();
        Assert.All(report.Promises, p => Assert.True(p.Checked > 0, p.Id));
        Assert.Contains("received 30, available 24, held 0, sold 4, withdrawn 2", report.Promise("P1").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_used_again_after_it_was_forgotten_holds()
    {
        using var journal = new AuditJournal();
        journal.Sku("a", received: 10, pool: 5);
        var first = journal.Held("a", 1, "mei", "k1");
        journal.Claimed(1.1, first);
        journal.Released(2, first);
        journal.Stock("a", 3, new PoolClosed(Drop, 2, 5));
        const double later = 32 * 86400;
        var next = new CampaignId("next");
        journal.Stock("a", later, new PoolConfigured(next, 1, true, false, 2, At(later), At(later + 60), 1, HoldSeconds, Price));
        var held = new Held(first.Id, first.Shopper, next, 1, At(later + 1 + HoldSeconds), 1, Price) { Operation = first.Id.Operation };
        var again = Info("a", journal.Stock("a", later + 1, held), held);
        journal.Claimed(later + 2, again);
        (await journal.Audit()).AllHold();
    }

    [Fact]
    public async Task Grants_and_ends_that_have_not_reached_the_cart_yet_hold()
    {
        using var journal = new AuditJournal();
        journal.Sku("a", received: 10, pool: 5);
        journal.Held("a", 1, "bo", "k1");
        var held = journal.Held("a", 1, "mei", "k1");
        journal.Claimed(1.1, held);
        journal.Released(2, held);
        (await journal.Audit()).AllHold();
    }

    /// <summary>A bit of everything: claims, refusals, a key in two SKUs, a late confirm, refunds, a freeze, a close with holds still out.</summary>
    internal static void WriteDrop(AuditJournal journal)
    {
        journal.Sku("a", received: 20, pool: 12);
        journal.Sku("b", received: 10, pool: 5);
        journal.Row("campaign/campaign-drop", -85, 64, """{"version":1,"config":{"name":"Drop"},"prices":[]}""");
        journal.Row("campaign/campaign-drop", -79, 65, """{"version":1,"sku":"a"}""");

        // Bought, partly refunded.
        var mei = journal.Held("a", 1, "mei", "k1", quantity: 2);
        journal.Claimed(1.01, mei);
        journal.Confirmed(30, mei);
        journal.ClaimEnded(30.1, mei, HoldState.Confirmed);
        journal.Refunded(60, mei, 1, restock: false);
        journal.ClaimEnded(60.1, mei, HoldState.Confirmed, quantity: 1);

        // Over the limit across SKUs: refused, released, then granted anew under the same key when there was room again.
        var bo = journal.Held("a", 2, "bo", "k1", quantity: 2);
        journal.Claimed(2.01, bo);
        var refused = journal.Held("b", 3, "bo", "k2");
        journal.Refused(3.01, refused);
        journal.Released(3.02, refused, ReleaseCause.ClaimRefused);
        journal.Released(10, bo);
        journal.ClaimEnded(10.1, bo, HoldState.Released);
        var again = journal.Held("b", 20, "bo", "k2");
        journal.Claimed(20.1, again);
        journal.Confirmed(40, again);

        // One key in two SKUs: the second is refused and given back.
        var twice = journal.Held("a", 21, "bo", "k2");
        journal.Refused(21.1, twice);
        journal.Released(21.2, twice, ReleaseCause.KeyUsedElsewhere);

        // Extended, expired, paid late: new units under the same hold.
        var lin = journal.Held("a", 5, "lin", "k1");
        journal.Claimed(5.1, lin);
        journal.Stock("a", 6, new Extended(lin.Id, lin.Generation, At(700)));
        journal.Expired(700.5, lin);
        journal.ClaimEnded(701, lin, HoldState.Expired);
        var late = new Held(lin.Id, lin.Shopper, Drop, 1, At(710 + HoldSeconds), 2, Price);
        var paid = Info("a", journal.Stock("a", 710, late), late);
        journal.Confirmed(710, paid);
        journal.Claimed(711, paid with { State = HoldState.Confirmed });

        journal.Stock("a", 720, new PoolFrozen(Drop, 2));
        journal.Stock("a", 730, new PoolResumed(Drop, 3));
        var open = journal.Held("a", 740, "an", "k1", quantity: 2);
        journal.Stock("a", 800, new Withdrawn(1, "damaged") { Operation = OperationId.Of("operator", "adjust", "w1") });
        journal.Stock("a", 810, new PoolClosed(Drop, 4, 7));
        journal.Confirmed(820, open, sold: 1);
    }
}
