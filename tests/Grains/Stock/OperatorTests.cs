using FlashSale.Contracts;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Stock;

public class OperatorTests
{
    [Fact]
    public void Adjustments_are_idempotent_and_repeat_the_figures_right_after_them()
    {
        var shelf = new Shelf();
        Assert.Equal(Status.NotFound, shelf.Do(new Receive(Shelf.Op("a"), 5, "receipt")).Status);
        shelf.Do(new Register());
        var first = shelf.Do(new Receive(Shelf.Op("a"), 5, "receipt"));
        shelf.Do(new Withdraw(Shelf.Op("b"), 2, "broken"));
        var repeated = shelf.Do(new Receive(Shelf.Op("a"), 5, "receipt"));
        Assert.Equal((5L, 5L, 2L), (first.View!.Received, repeated.View!.Received, repeated.View.Seq));
        Assert.Equal(5, repeated.View.General);
        Assert.Equal(Status.IdempotencyMismatch, shelf.Do(new Receive(Shelf.Op("a"), 6, "receipt")).Status);
        Assert.Equal(Status.IdempotencyMismatch, shelf.Do(new Withdraw(Shelf.Op("a"), 5, "receipt")).Status);
        Assert.Equal((5L, 3L, 2L), (shelf.State.Received, shelf.State.General, shelf.State.Withdrawn));
    }

    [Fact]
    public void Registering_again_writes_nothing()
    {
        var shelf = new Shelf();
        shelf.Do(new Register());
        Assert.Equal(Status.Accepted, shelf.Do(new Register()).Status);
        Assert.Single(shelf.Events);
    }

    [Fact]
    public void Adjustments_show_the_epoch_that_they_were_told_also_when_repeated()
    {
        var shelf = Shelf.With(units: 5);
        var told = new Told("Dunk Low", Money.None, Epoch: 3);
        var receive = new Receive(Shelf.Op("a"), 5, "receipt", told);
        var withdraw = new Withdraw(Shelf.Op("b"), 2, "broken", told);
        var first = (shelf.Do(receive).View!, shelf.Do(withdraw).View!);
        Assert.Equal((3L, 3L), (first.Item1.Epoch, first.Item2.Epoch));
        Assert.Equal(first.Item1 with { Pools = default }, shelf.Do(receive).View! with { Pools = default });
        Assert.Equal(first.Item2 with { Pools = default }, shelf.Do(withdraw).View! with { Pools = default });
    }

    [Fact]
    public void Withdrawing_takes_up_to_all_general_units()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(new Receive(Shelf.Op("more"), 3, "receipt"));
        Assert.Equal(Status.Conflict, shelf.Do(new Withdraw(Shelf.Op("w"), 4, "broken")).Status);
        Assert.Equal(Status.Accepted, shelf.Do(new Withdraw(Shelf.Op("w"), 3, "broken")).Status);
        Assert.Equal((0L, 3L), (shelf.State.General, shelf.State.Withdrawn));
    }

    [Fact]
    public void Withdrawing_takes_only_available_general_units()
    {
        var shelf = Shelf.With(units: 5);
        Assert.Equal(Status.Conflict, shelf.Do(new Withdraw(Shelf.Op("w"), 1, "broken")).Status);
        Assert.Equal(0, shelf.State.Withdrawn);
    }

    [Fact]
    public void A_withdrawal_that_was_given_up_never_happens()
    {
        var shelf = Shelf.With(units: 5);
        var late = new Withdraw(Shelf.Op("w"), 1, "broken");
        Assert.Equal(Status.Conflict, shelf.Do(late).Status);
        Assert.Equal(Status.Conflict, shelf.Do(late with { GiveUp = true }).Status);
        shelf.Do(new Receive(Shelf.Op("more"), 5, "receipt"));
        var events = shelf.Events.Count;
        Assert.Equal(Status.Conflict, shelf.Do(late).Status);
        Assert.Equal(Status.Conflict, shelf.Do(late with { GiveUp = true }).Status);
        Assert.Equal((0L, 5L, events), (shelf.State.Withdrawn, shelf.State.General, shelf.Events.Count));
        Assert.True(StockCodec.Snapshots.Decode(StockCodec.Snapshots.Encode(shelf.State)).Done[late.Operation].GivenUp);
    }

    [Fact]
    public void A_withdrawal_that_has_happened_cannot_be_given_up()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(new Receive(Shelf.Op("more"), 5, "receipt"));
        var done = new Withdraw(Shelf.Op("w"), 2, "broken");
        var first = shelf.Do(done).View!;
        var givenUp = shelf.Do(done with { GiveUp = true });
        Assert.Equal((Status.Accepted, true, first.Seq), (givenUp.Status, givenUp.Repeated, givenUp.View!.Seq));
        Assert.Equal(Status.IdempotencyMismatch, shelf.Do(done with { Quantity = 3, GiveUp = true }).Status);
    }

    [Fact]
    public void Configuring_moves_only_the_difference_between_the_pools()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Do(new Receive(Shelf.Op("more"), 10, "receipt"));
        shelf.Hold("mei", quantity: 2);
        shelf.Do(Shelf.Configuration(version: 2, units: 12));
        Assert.Equal((3L, 10L, 2L), (shelf.State.General, shelf.Pool.Available, shelf.Pool.Held));
        shelf.Do(Shelf.Configuration(version: 3, units: 2));
        Assert.Equal((13L, 0L, 2L), (shelf.State.General, shelf.Pool.Available, shelf.Pool.Held));
    }

    [Fact]
    public void Lower_or_equal_versions_change_nothing()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(Shelf.Configuration(version: 3, units: 4));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 3, units: 1)).Status);
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 2, units: 1)).Status);
        Assert.Equal(Status.Accepted, shelf.Do(new FreezePool(Shelf.Drop, 2)).Status);
        Assert.Equal(Status.Accepted, shelf.Do(new FreezePool(Shelf.Drop, 3)).Status);
        Assert.Equal((4L, false), (shelf.Pool.Units, shelf.Pool.Frozen));
    }

    [Fact]
    public void Units_below_held_and_sold_or_beyond_the_general_pool_are_a_conflict_that_changes_nothing()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Hold("mei", quantity: 3);
        Assert.Equal(Status.Conflict, shelf.Do(Shelf.Configuration(version: 2, units: 2)).Status);
        Assert.Equal(Status.Conflict, shelf.Do(Shelf.Configuration(version: 2, units: 6)).Status);
        Assert.Equal((5L, 1L), (shelf.Pool.Units, shelf.Pool.Version));
    }

    [Fact]
    public void Undoing_leaves_units_that_were_sold_meanwhile_and_takes_no_more_than_there_is()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Hold("mei", quantity: 3);
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 2, units: 1, undo: true)).Status);
        Assert.Equal((3L, 0L, 2L), (shelf.Pool.Units, shelf.Pool.Available, shelf.State.General));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 3, units: 50, undo: true)).Status);
        Assert.Equal((5L, 0L), (shelf.Pool.Units, shelf.State.General));
    }

    [Fact]
    public void Pool_that_opened_while_a_later_opening_was_on_its_way_keeps_its_opening()
    {
        var shelf = Shelf.With(units: 5);
        var later = Shelf.Configuration(version: 2, units: 5) with { OpensAt = Shelf.Opening.AddHours(1), ClosesAt = Shelf.Closing.AddHours(1) };
        Assert.Equal(Status.Conflict, shelf.Do(later).Status);
        shelf.Now = Shelf.Opening.AddMilliseconds(-1);
        Assert.Equal(Status.Accepted, shelf.Do(later).Status);
    }

    [Fact]
    public void Opening_that_has_come_by_now_is_taken_by_a_pool_that_has_opened_too()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Now = Shelf.Opening.AddMinutes(5);
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 2, units: 5) with { OpensAt = Shelf.Opening.AddMinutes(5) }).Status);
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 3, units: 5) with { OpensAt = Shelf.Opening.AddMinutes(-5) }).Status);
    }

    [Fact]
    public void Pool_configured_in_a_frozen_campaign_is_frozen()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(Shelf.Configuration(version: 2, units: 5, frozen: true));
        Assert.Equal(Status.Frozen, shelf.Do(Shelf.Reservation("mei")).Status);
    }

    [Fact]
    public void Closing_a_pool_that_never_came_keeps_a_delayed_step_from_setting_units_aside()
    {
        var shelf = new Shelf();
        shelf.Do(new Register());
        shelf.Do(new Receive(Shelf.Op("receipt"), 5, "receipt"));
        shelf.Do(new ClosePool(Shelf.Drop, 2));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 1, units: 5)).Status);
        Assert.Equal(5, shelf.State.General);
    }

    [Fact]
    public void Undoing_a_step_that_never_came_keeps_a_delayed_copy_of_it_from_setting_units_aside()
    {
        var shelf = new Shelf();
        shelf.Do(new Register());
        shelf.Do(new Receive(Shelf.Op("receipt"), 5, "receipt"));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 2, units: 0, onSale: false, undo: true)).Status);
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 1, units: 5, onSale: false)).Status);
        Assert.Equal((5L, 0L, false), (shelf.State.General, shelf.Pool.Units, shelf.Pool.OnSale));
    }

    [Fact]
    public void Step_that_sets_nothing_aside_in_a_pool_that_is_not_there_leaves_no_trace()
    {
        var shelf = new Shelf();
        shelf.Do(new Register());
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Configuration(version: 1, units: 0, onSale: false)).Status);
        Assert.Empty(shelf.State.Pools);
    }

    [Fact]
    public void Closing_is_final()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(new ClosePool(Shelf.Drop, 2));
        Assert.Equal(Status.Conflict, shelf.Do(Shelf.Configuration(version: 3, units: 5)).Status);
        Assert.Equal(Status.Accepted, shelf.Do(new ResumePool(Shelf.Drop, 4)).Status);
        Assert.Equal(Status.Closed, shelf.Do(Shelf.Reservation("mei")).Status);
        Assert.Equal((0L, 5L), (shelf.Pool.Available, shelf.State.General));
    }

    [Fact]
    public void Replay_of_the_stored_rows_and_a_snapshot_both_give_the_same_state()
    {
        var shelf = Shelf.With(units: 50, limit: 5);
        for (var i = 0; i < 20; i++)
        {
            var hold = shelf.Hold($"shopper{i}", quantity: 2);
            if (i % 4 == 1) shelf.Do(new Release(hold, i % 8 == 1 ? ReleaseCause.ClaimRefused : ReleaseCause.Shopper, Owned: 1));
            if (i % 4 == 2) shelf.Do(new Confirm(Shelf.Op($"order{i}"), hold, 1));
            if (i % 8 == 2) shelf.Do(new Refund(Shelf.Op($"refund{i}"), hold, 1, Restock: i > 8));
            shelf.Now = shelf.Now.AddMilliseconds(7);
        }

        var expected = StockCodec.Snapshots.Encode(shelf.State).ToArray();
        Assert.Equal(expected.Length, StockCodec.Snapshots.Encode(StockCodec.Snapshots.Decode(expected)).Length);
        Shelf.AssertConservation(StockCodec.Snapshots.Decode(expected));

        var state = shelf.Replay();
        Assert.Equal(shelf.State.View with { Pools = default }, state.View with { Pools = default });
        Assert.Equal(shelf.State.View.Pools.ToArray(), state.View.Pools.ToArray());
        Assert.Equal(shelf.State.Due, state.Due);
    }
}
