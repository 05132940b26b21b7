using FlashSale.Contracts;
using FlashSale.Grains.Stock;
using static FlashSale.Grains.Tests.Audit.AuditJournal;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Units, grants and ends in one SKU's ledger (P1, P3, P5), each check proved able to fail.</summary>
public sealed class AuditOfStockTests : IDisposable
{
    private readonly AuditJournal _journal = new();

    public AuditOfStockTests()
    {
        _journal.Sku("a", received: 10, pool: 3);
    }

    public void Dispose() => _journal.Dispose();

    [Fact]
    public async Task Overselling_a_pool_breaks_P1()
    {
        foreach (var shopper in (string[])["an", "bo", "lin", "mei"]) _journal.Held("a", 1, shopper, "k");
        (await _journal.Audit()).Breaks("P1", "stock/sku-a 7: pool drop has available -1, held 4");
    }

    [Fact]
    public async Task Taking_more_than_the_general_pool_has_breaks_P1()
    {
        _journal.Stock("a", 1, new Withdrawn(8, "theft") { Operation = OperationId.Of("operator", "adjust", "x") });
        (await _journal.Audit()).Breaks("P1", "stock/sku-a 4: the general pool has -1 units");
    }

    [Fact]
    public async Task A_closed_pool_that_keeps_units_breaks_P1()
    {
        _journal.Stock("a", 1, new PoolClosed(Drop, 2, Returned: 2));
        (await _journal.Audit()).Breaks("P1", "stock/sku-a 4: the closed pool drop keeps 1 units");
    }

    [Fact]
    public async Task An_end_of_another_quantity_breaks_P1_and_P3()
    {
        _journal.Released(2, _journal.Held("a", 1, "mei", "k", quantity: 2), quantity: 1);
        (await _journal.Audit()).Breaks("P1 P3", "generation 4 holds 2 units, its end is about 1", "units do not add up", "summed by SQL");
    }

    [Fact]
    public async Task Refunding_more_than_was_sold_breaks_P1()
    {
        var held = _journal.Held("a", 1, "mei", "k");
        _journal.Confirmed(2, held);
        _journal.Refunded(3, held, 1, restock: true, key: "r1");
        _journal.Refunded(4, held, 1, restock: true, key: "r2");
        (await _journal.Audit()).Breaks("P1", "stock/sku-a 7: 2 of the 1 units that generation 4 sold are refunded", "sold -1");
    }

    [Fact]
    public async Task An_event_that_vanished_breaks_P1_by_what_follows()
    {
        var held = _journal.Held("a", 1, "mei", "k");
        _journal.Released(2, held);
        var report = await _journal.Audit(directory => directory.Execute("DELETE FROM ledger_event WHERE ledger = 'stock/sku-a' AND seq = 4"));
        report.Breaks("P1 P2 P3 P8", "stock/sku-a 5: event 4 is missing", "there is no generation 4 of this hold", "summed by SQL");
    }

    [Fact]
    public async Task A_doubled_grant_breaks_P3()
    {
        _journal.Held("a", 1, "mei", "k");
        _journal.Held("a", 1, "mei", "k");
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 5: the hold is granted again while generation 4 is Held", "no cart has refused generation 4");
    }

    [Fact]
    public async Task Granting_anew_what_no_cart_refused_breaks_P3()
    {
        _journal.Released(2, _journal.Held("a", 1, "mei", "k"));
        _journal.Held("a", 3, "mei", "k");
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 6: the hold is granted again, but no cart has refused generation 4");
    }

    [Fact]
    public async Task A_release_for_a_refusal_that_no_cart_made_breaks_P3()
    {
        _journal.Released(2, _journal.Held("a", 1, "mei", "k"), ReleaseCause.ClaimRefused);
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 5: released as refused by the cart, but no cart has refused generation 4");
    }

    [Fact]
    public async Task An_end_without_a_hold_breaks_P3()
    {
        var never = new HoldInfo(HoldOf("mei", "k"), 2, new ShopperId("mei"), Drop, new Sku("a"), 1, At(600), 2, Price, HoldState.Held);
        _journal.Released(2, never);
        (await _journal.Audit()).Breaks("P1 P3", "stock/sku-a 4: there is no generation 2 of this hold");
    }

    [Fact]
    public async Task Two_ends_of_one_generation_break_P1_and_P3()
    {
        var held = _journal.Held("a", 1, "mei", "k");
        _journal.Released(2, held);
        _journal.Expired(601, held);
        (await _journal.Audit()).Breaks("P1 P3", "stock/sku-a 6: generation 4 ends as Expired, but it was Released already", "held -1");
    }

    [Fact]
    public async Task An_operation_with_two_effects_breaks_P3()
    {
        var received = new Received(5, "receipt") { Operation = OperationId.Of("operator", "adjust", "x") };
        _journal.Stock("a", 1, received);
        _journal.Stock("a", 2, received);
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 5: the operation of this Received has had an effect before");
    }

    [Fact]
    public async Task A_hold_that_is_not_its_operation_breaks_P3()
    {
        var held = new Held(HoldOf("mei", "k"), new ShopperId("mei"), Drop, 1, At(601), 2, Price) { Operation = OperationId.Of("mei", "hold", "other") };
        _journal.Stock("a", 1, held);
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 4: the hold's id is not its operation");
    }

    [Fact]
    public async Task A_late_grant_that_is_not_confirmed_at_once_breaks_P3()
    {
        var held = _journal.Held("a", 1, "mei", "k");
        _journal.Released(2, held);
        _journal.Stock("a", 3, new Held(held.Id, held.Shopper, Drop, 1, At(603), 2, Price));
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 6: grant 6 has no operation and is not confirmed by the next event");
    }

    [Fact]
    public async Task More_than_the_limit_of_one_pool_breaks_P5()
    {
        _journal.Held("a", 1, "mei", "k1", quantity: 2);
        _journal.Held("a", 2, "mei", "k2");
        (await _journal.Audit()).Breaks("P5", "stock/sku-a 5: shopper mei has 3 units of pool drop, the limit is 2");
    }

    [Fact]
    public async Task Another_limit_than_the_pool_s_breaks_P5()
    {
        _journal.Held("a", 1, "mei", "k", limit: 3);
        (await _journal.Audit()).Breaks("P5", "stock/sku-a 4: the hold records limit 3, the pool's is 2");
    }

    [Fact]
    public async Task One_hold_of_two_shoppers_breaks_P3()
    {
        var held = _journal.Held("a", 1, "mei", "k");
        _journal.Refused(1.1, held);
        _journal.Released(1.2, held, ReleaseCause.ClaimRefused);
        _journal.Stock("a", 2, new Held(held.Id, new ShopperId("bo"), Drop, 1, At(602), 2, Price) { Operation = held.Id.Operation });
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 6: the hold of shopper mei is granted to bo");
    }

    [Fact]
    public async Task Extending_what_has_ended_or_to_an_earlier_time_breaks_P3_and_P4()
    {
        var held = _journal.Held("a", 1, "mei", "k");
        _journal.Stock("a", 2, new Extended(held.Id, held.Generation, At(500)));
        _journal.Released(3, held);
        _journal.Stock("a", 4, new Extended(held.Id, held.Generation, At(800)));
        (await _journal.Audit()).Breaks("P3 P4", "generation 4 is made shorter by 101000 ms", "stock/sku-a 7: generation 4 is extended, but it is Released");
    }

    [Fact]
    public async Task A_refund_of_what_was_not_sold_breaks_P1_and_P3()
    {
        _journal.Refunded(2, _journal.Held("a", 1, "mei", "k"), 1, restock: true);
        (await _journal.Audit()).Breaks("P1 P3", "stock/sku-a 5: generation 4 is refunded, but it is Held");
    }

    [Fact]
    public async Task An_adjustment_without_an_operation_breaks_P3()
    {
        _journal.Stock("a", 1, new Received(1, "found"));
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 4: Received without an operation");
    }

    [Fact]
    public async Task A_grant_without_an_operation_breaks_P3()
    {
        var held = new Held(HoldOf("mei", "k"), new ShopperId("mei"), Drop, 1, At(601), 2, Price);
        _journal.Confirmed(1, Info("a", _journal.Stock("a", 1, held), held));
        (await _journal.Audit()).Breaks("P3", "stock/sku-a 4: a hold that no operation asked for");
    }
}
