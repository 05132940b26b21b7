using FlashSale.Contracts;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Stock;

public class PoolTests
{
    [Fact]
    public void Freezing_stops_new_holds_until_resumed()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(new FreezePool(Shelf.Drop, 2));
        Assert.Equal(Status.Frozen, shelf.Do(Shelf.Reservation("mei")).Status);
        shelf.Do(new ResumePool(Shelf.Drop, 3));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Reservation("mei")).Status);
        Assert.Equal(3, shelf.Pool.Version);
    }

    [Fact]
    public void Freeze_that_comes_after_the_resume_that_followed_it_does_not_freeze()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(new ResumePool(Shelf.Drop, 3));
        Assert.Equal(Status.Accepted, shelf.Do(new FreezePool(Shelf.Drop, 2)).Status);
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Reservation("mei")).Status);
    }

    [Fact]
    public void Resume_that_comes_after_the_freeze_that_followed_it_does_not_resume()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(new FreezePool(Shelf.Drop, 2));
        shelf.Do(new FreezePool(Shelf.Drop, 4));
        Assert.Equal(Status.Accepted, shelf.Do(new ResumePool(Shelf.Drop, 3)).Status);
        Assert.Equal(Status.Frozen, shelf.Do(Shelf.Reservation("mei")).Status);
    }

    [Fact]
    public void Steps_that_come_twice_or_after_the_close_write_nothing()
    {
        var shelf = Shelf.With(units: 5);
        StockCommand[] steps =
        [
            new FreezePool(Shelf.Drop, 2), new FreezePool(Shelf.Drop, 2), new ResumePool(Shelf.Drop, 3), new ResumePool(Shelf.Drop, 3),
            new ClosePool(Shelf.Drop, 4), new ClosePool(Shelf.Drop, 5), new FreezePool(Shelf.Drop, 6),
        ];
        Assert.All(steps, step => Assert.Equal(Status.Accepted, shelf.Do(step).Status));
        Assert.Equal([nameof(PoolFrozen), nameof(PoolResumed), nameof(PoolClosed)], shelf.Events.Skip(3).Select(e => e.GetType().Name));
    }

    [Fact]
    public void Changes_show_the_figures_right_after_them()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Hold("mei", quantity: 2);
        StockCommand[] changes =
        [
            Shelf.Configuration(version: 2, units: 4, limit: 5), new FreezePool(Shelf.Drop, 3), new ResumePool(Shelf.Drop, 4), new ClosePool(Shelf.Drop, 5),
        ];
        foreach (var change in changes)
        {
            var view = shelf.Do(change).View!;
            Assert.Equal(shelf.State.View with { Pools = default }, view with { Pools = default });
            Assert.Equal(shelf.State.View.Pools.AsEnumerable(), view.Pools.AsEnumerable());
        }
    }

    [Fact]
    public void Figures_name_the_pools_in_the_order_of_their_campaigns()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Do(new Receive(Shelf.Op("more"), 6, "receipt"));
        shelf.Do(Shelf.Configuration(version: 1, units: 1) with { Campaign = new CampaignId("vapor") });
        shelf.Do(Shelf.Configuration(version: 1, units: 2) with { Campaign = new CampaignId("air") });
        shelf.Do(new Confirm(Shelf.Op("order"), shelf.Hold("mei", quantity: 2), 2));
        shelf.Hold("li");

        Assert.Equal(
            [new PoolView(new CampaignId("air"), 2, 0, 0), new PoolView(Shelf.Drop, 2, 1, 2), new PoolView(new CampaignId("vapor"), 1, 0, 0)],
            shelf.State.View.Pools.AsEnumerable());
        Assert.Equal((3L, 5L), (shelf.State.View.General, shelf.Pool.Units));
    }

    [Fact]
    public void Configured_units_count_what_is_held_and_what_is_sold()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Do(new Confirm(Shelf.Op("order"), shelf.Hold("mei"), 1));
        shelf.Hold("li");
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 2, units: 5)).Status);
        Assert.Equal((3L, 0L), (shelf.Pool.Available, shelf.State.General));
        Assert.Equal(Status.Conflict, shelf.Do(Shelf.Configuration(version: 3, units: 1)).Status);
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 3, units: 2)).Status);
        Assert.Equal((0L, 3L), (shelf.Pool.Available, shelf.State.General));
    }

    [Fact]
    public void Shopper_who_owns_nothing_any_more_is_not_kept()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Do(new Release(shelf.Hold("mei"), ReleaseCause.Shopper));
        var sold = shelf.Hold("li", quantity: 2);
        shelf.Do(new Confirm(Shelf.Op("order"), sold, 2));
        shelf.Do(new Refund(Shelf.Op("one"), sold, 1, Restock: true));
        Assert.Equal([new ShopperId("li")], shelf.Pool.Shoppers.Keys);
        shelf.Do(new Refund(Shelf.Op("other"), sold, 1, Restock: false));
        Assert.Empty(shelf.Pool.Shoppers);
    }

    [Fact]
    public void Holds_keep_the_price_of_their_day_and_share_one_object_with_the_pool_while_it_is_the_same()
    {
        var shelf = Shelf.With(units: 5);
        var before = shelf.Hold("mei");
        shelf.Do(Shelf.Configuration(version: 2, units: 5) with { Price = new Money(89900, "CNY") });
        var after = shelf.Hold("li");

        var state = shelf.Replay();
        Assert.Equal(new Money(79900, "CNY"), state.Holds[before.Hold].Price);
        Assert.Same(state.Pools[Shelf.Drop].Price, state.Holds[after.Hold].Price);
    }

    [Fact]
    public void Events_carry_the_operation_that_they_belong_to()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var hold = shelf.Hold("mei", quantity: 2);
        shelf.Do(new Confirm(Shelf.Op("order"), hold, 2));
        shelf.Do(new Refund(Shelf.Op("refund"), hold, 1, Restock: true));
        var late = shelf.Hold("li");
        shelf.Now = shelf.Now.AddSeconds(600);
        shelf.Do(new Expire(100));
        shelf.Do(new Confirm(Shelf.Op("late order"), late, 1));
        shelf.Do(new Receive(Shelf.Op("more"), 5, "receipt"));
        shelf.Do(new Withdraw(Shelf.Op("less"), 1, "broken"));
        shelf.Do(new Withdraw(Shelf.Op("never"), 1, "broken", GiveUp: true));

        (string, OperationId?)[] expected =
        [
            (nameof(Registered), null),
            (nameof(Received), Shelf.Op("receipt")),
            (nameof(PoolConfigured), null),
            (nameof(Held), hold.Hold.Operation),
            (nameof(Confirmed), Shelf.Op("order")),
            (nameof(Refunded), Shelf.Op("refund")),
            (nameof(Held), late.Hold.Operation),
            (nameof(Expired), null),
            (nameof(Held), null), // The payment began it, not the shopper's request.
            (nameof(Confirmed), Shelf.Op("late order")),
            (nameof(Received), Shelf.Op("more")),
            (nameof(Withdrawn), Shelf.Op("less")),
            (nameof(WithdrawalGivenUp), Shelf.Op("never")),
        ];
        Assert.Equal(expected, shelf.Events.Select(e => (e.GetType().Name, e.Operation)));
    }
}
