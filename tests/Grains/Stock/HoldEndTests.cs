using FlashSale.Contracts;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Stock;

public class HoldEndTests
{
    [Fact]
    public void Release_makes_the_units_available_again_once()
    {
        var shelf = Shelf.With(units: 1);
        var hold = shelf.Hold("mei");
        Assert.Equal(HoldState.Released, shelf.Do(new Release(hold, ReleaseCause.Shopper)).Hold!.State);
        Assert.Equal(Status.Accepted, shelf.Do(new Release(hold, ReleaseCause.Shopper)).Status);
        Assert.Equal((1L, 0L), (shelf.Pool.Available, shelf.Pool.Held));
        Assert.Single(shelf.Events.OfType<Released>());
    }

    [Fact]
    public void Late_release_of_an_old_generation_does_not_void_what_a_retry_was_granted()
    {
        var shelf = Shelf.With(units: 1);
        var old = shelf.Hold("mei");
        shelf.Do(new Release(old, ReleaseCause.Shopper));
        shelf.Do(Shelf.Reservation("mei", refused: old.Generation));

        Assert.Equal(Status.Accepted, shelf.Do(new Release(old, ReleaseCause.ClaimRefused)).Status);
        Assert.Equal(1, shelf.Pool.Held);
    }

    [Fact]
    public void Release_of_an_unknown_hold_or_of_a_generation_to_come_is_not_found()
    {
        var shelf = Shelf.With(units: 1);
        Assert.Equal(Status.NotFound, shelf.Do(new Release(new HoldRef(new HoldId(Shelf.Op("never")), 1), ReleaseCause.Shopper)).Status);
        var hold = shelf.Hold("mei");
        Assert.Equal(Status.NotFound, shelf.Do(new Release(hold with { Generation = hold.Generation + 1 }, ReleaseCause.Shopper)).Status);
    }

    [Fact]
    public void Expiry_ends_what_is_due_in_order_and_nothing_else()
    {
        var shelf = Shelf.With(units: 10, holdSeconds: 60);
        for (var i = 0; i < 5; i++)
        {
            shelf.Hold($"shopper{i}");
            shelf.Now = shelf.Now.AddSeconds(10);
        }

        shelf.Now = Shelf.Opening.AddSeconds(60 + 20);
        shelf.Do(new Expire(Most: 2));
        Assert.Equal(["shopper0", "shopper1"], Ended());
        shelf.Do(new Expire(Most: 100));
        Assert.Equal(["shopper0", "shopper1", "shopper2"], Ended());
        Assert.Equal(8, shelf.Pool.Available);

        IEnumerable<string> Ended() => shelf.Events.OfType<Expired>().Select(e => shelf.State.Holds[e.Hold].Shopper.Value);
    }

    [Fact]
    public void Units_freed_after_the_close_flow_to_the_general_pool()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var released = shelf.Hold("mei");
        var confirmed = shelf.Hold("li", quantity: 2);
        shelf.Hold("wang");
        shelf.Do(new ClosePool(Shelf.Drop, 2));
        Assert.Equal((1L, 0L, 4L), (shelf.State.General, shelf.Pool.Available, shelf.Pool.Held));

        shelf.Do(new Release(released, ReleaseCause.Shopper));
        shelf.Do(new Confirm(Shelf.Op("order"), confirmed, 1));
        shelf.Now = shelf.Now.AddSeconds(600);
        shelf.Do(new Expire(100));
        shelf.Do(new Refund(Shelf.Op("refund"), confirmed, 1, Restock: true));

        Assert.Equal((5L, 0L, 0L, 0L), (shelf.State.General, shelf.Pool.Available, shelf.Pool.Held, shelf.Pool.Sold));
    }

    [Fact]
    public void Confirm_sells_a_part_and_frees_the_rest_in_one_event()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var hold = shelf.Hold("mei", quantity: 4);
        var sold = shelf.Do(new Confirm(Shelf.Op("order"), hold, 3));
        Assert.Equal((HoldState.Confirmed, 3), (sold.Hold!.State, sold.Hold.Quantity));
        Assert.Equal((2L, 0L, 3L), (shelf.Pool.Available, shelf.Pool.Held, shelf.Pool.Sold));
    }

    [Fact]
    public void Confirm_is_idempotent_by_its_operation_and_refused_for_another_one()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var hold = shelf.Hold("mei", quantity: 2);
        var first = shelf.Do(new Confirm(Shelf.Op("order"), hold, 2));
        Assert.Equal(first.Hold, shelf.Do(new Confirm(Shelf.Op("order"), hold, 2)).Hold);
        Assert.Equal(Status.IdempotencyMismatch, shelf.Do(new Confirm(Shelf.Op("order"), hold, 1)).Status);
        Assert.Equal(Status.AlreadyConfirmed, shelf.Do(new Confirm(Shelf.Op("other order"), hold, 2)).Status);
        Assert.Equal(Status.AlreadyConfirmed, shelf.Do(new Release(hold, ReleaseCause.Shopper)).Status);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Confirm_of_nothing_or_of_more_than_is_held_is_a_conflict(int quantity)
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var hold = shelf.Hold("mei", quantity: 2);
        Assert.Equal(Status.Conflict, shelf.Do(new Confirm(Shelf.Op("order"), hold, quantity)).Status);
        Assert.Equal((3L, 2L, 0L), (shelf.Pool.Available, shelf.Pool.Held, shelf.Pool.Sold));
    }

    [Fact]
    public void Late_confirm_is_repeated_by_its_operation_at_the_price_that_the_hold_had()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var hold = shelf.Hold("mei", quantity: 2);
        Expire(shelf);
        shelf.Do(Shelf.Configuration(version: 2, units: 5, limit: 5) with { Price = new Money(89900, "CNY") });

        var late = shelf.Do(new Confirm(Shelf.Op("order"), hold, 1));
        var again = shelf.Do(new Confirm(Shelf.Op("order"), hold, 1));
        Assert.Equal((1, 79900L), (late.Hold!.Quantity, late.Hold.Price.Amount));
        Assert.Equal((Status.Accepted, true, late.Hold), (again.Status, again.Repeated, again.Hold));
        Assert.Single(shelf.Events.OfType<Confirmed>());
    }

    [Fact]
    public void Late_confirm_takes_units_anew_under_a_new_generation()
    {
        var shelf = Shelf.With(units: 1);
        var hold = shelf.Hold("mei");
        Expire(shelf);
        var late = shelf.Do(new Confirm(Shelf.Op("order"), hold, 1));
        Assert.Equal((Status.Accepted, HoldState.Confirmed), (late.Status, late.Hold!.State));
        Assert.True(late.Hold.Generation > hold.Generation);
        Assert.Equal((0L, 1L), (shelf.Pool.Available, shelf.Pool.Sold));
    }

    [Fact]
    public void Late_confirm_takes_units_anew_from_the_very_opening_on()
    {
        var shelf = Shelf.With(units: 1);
        var hold = shelf.Hold("mei");
        Expire(shelf);
        shelf.Now = Shelf.Opening;
        Assert.Equal(Status.Accepted, shelf.Do(new Confirm(Shelf.Op("order"), hold, 1)).Status);
    }

    [Fact]
    public void Hold_that_a_late_payment_bought_can_no_longer_be_released_by_its_old_generation()
    {
        var shelf = Shelf.With(units: 1);
        var hold = shelf.Hold("mei");
        Expire(shelf);
        shelf.Do(new Confirm(Shelf.Op("order"), hold, 1));
        Assert.Equal(Status.AlreadyConfirmed, shelf.Do(new Release(hold, ReleaseCause.Shopper)).Status);
    }

    [Theory]
    [InlineData("sold to somebody else")]
    [InlineData("the limit is used up")]
    [InlineData("the campaign is closed")]
    [InlineData("the window is over")]
    [InlineData("the clock of a new owner is behind the opening")]
    public void Late_confirm_is_gone_when(string reason)
    {
        var shelf = Shelf.With(units: reason == "sold to somebody else" ? 1 : 3);
        var hold = shelf.Hold("mei");
        Expire(shelf);
        if (reason == "sold to somebody else") shelf.Hold("li");
        if (reason == "the limit is used up") shelf.Hold("mei", "another key");
        if (reason == "the campaign is closed") shelf.Do(new ClosePool(Shelf.Drop, 2));
        if (reason == "the window is over") shelf.Now = Shelf.Closing;
        if (reason == "the clock of a new owner is behind the opening") shelf.Now = Shelf.Opening.AddSeconds(-1);
        Assert.Equal(Status.Gone, shelf.Do(new Confirm(Shelf.Op("order"), hold, 1)).Status);
        Assert.Equal(0, shelf.Pool.Sold);
    }

    [Fact]
    public void Extend_moves_the_end_only_to_later()
    {
        var shelf = Shelf.With(units: 1, holdSeconds: 60);
        var hold = shelf.Hold("mei");
        shelf.Do(new Extend(hold, Shelf.Opening.AddSeconds(120)));
        shelf.Do(new Extend(hold, Shelf.Opening.AddSeconds(90)));
        shelf.Now = Shelf.Opening.AddSeconds(119);
        shelf.Do(new Expire(10));
        Assert.Equal(1, shelf.Pool.Held);
        shelf.Now = Shelf.Opening.AddSeconds(120);
        shelf.Do(new Expire(10));
        Assert.Equal(0, shelf.Pool.Held);
        Assert.Equal(Status.Gone, shelf.Do(new Extend(hold, shelf.Now.AddDays(1))).Status);
    }

    [Fact]
    public void Extending_to_the_end_that_a_hold_has_writes_nothing()
    {
        var shelf = Shelf.With(units: 1, holdSeconds: 60);
        var hold = shelf.Hold("mei");
        var before = shelf.Events.Count;
        var answer = shelf.Do(new Extend(hold, Shelf.Opening.AddSeconds(60)));
        Assert.Equal((Status.Accepted, Shelf.Opening.AddSeconds(60), before), (answer.Status, answer.Hold!.ExpiresAt, shelf.Events.Count));
    }

    [Theory]
    [InlineData(true, 1L, 0L)]
    [InlineData(false, 0L, 1L)]
    public void Refund_puts_sold_units_back_or_out(bool restock, long available, long withdrawn)
    {
        var shelf = Shelf.With(units: 1);
        var hold = shelf.Hold("mei");
        shelf.Do(new Confirm(Shelf.Op("order"), hold, 1));
        Assert.Equal(Status.Accepted, shelf.Do(new Refund(Shelf.Op("refund"), hold, 1, restock)).Status);
        Assert.True(shelf.Do(new Refund(Shelf.Op("refund"), hold, 1, restock)).Repeated);
        Assert.Equal(Status.Conflict, shelf.Do(new Refund(Shelf.Op("another"), hold, 1, restock)).Status);
        Assert.Equal((available, withdrawn, 0L), (shelf.Pool.Available, shelf.State.Withdrawn, shelf.Pool.Sold));
        Assert.Equal(restock ? Status.Accepted : Status.SoldOut, shelf.Do(Shelf.Reservation("mei", "again")).Status);
    }

    private static void Expire(Shelf shelf)
    {
        shelf.Now = shelf.Now.AddSeconds(600);
        shelf.Do(new Expire(100));
    }

    [Fact]
    public void Repeated_request_gets_its_first_answer_also_after_a_late_confirmation_of_fewer_units()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var hold = shelf.Hold("mei", quantity: 2);
        shelf.Now = shelf.Now.AddSeconds(600);
        shelf.Do(new Expire(100));
        shelf.Do(new Confirm(Shelf.Op("order"), hold, 1));

        Assert.Equal((Status.Accepted, true), (shelf.Do(Shelf.Reservation("mei", quantity: 2)).Status, shelf.Do(Shelf.Reservation("mei", quantity: 2)).Repeated));
        Assert.Equal(Status.IdempotencyMismatch, shelf.Do(Shelf.Reservation("mei", quantity: 1)).Status);
    }
}
