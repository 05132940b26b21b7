using FlashSale.Contracts;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Stock;

public class ReserveTests
{
    [Fact]
    public void Takes_units_out_of_the_pool_until_the_hold_expires()
    {
        var shelf = Shelf.With(units: 10, limit: 5, holdSeconds: 300);

        var result = shelf.Do(Shelf.Reservation("mei", quantity: 3));

        Assert.Equal(Status.Accepted, result.Status);
        Assert.Equal(Shelf.Opening.AddSeconds(300), result.Hold!.ExpiresAt);
        Assert.Equal((3, shelf.State.Seq), (result.Hold.Quantity, result.Hold.Generation));
        Assert.Equal((7L, 3L, 0L), (shelf.Pool.Available, shelf.Pool.Held, shelf.Pool.Sold));
    }

    /// <summary>One row a refusal, in the order of precedence: each state also has every cause of the rows below it.</summary>
    [Theory]
    [InlineData("not on sale", Status.NotFound)]
    [InlineData("before the window", Status.NotOpen)]
    [InlineData("after the window", Status.Closed)]
    [InlineData("closed by an operator", Status.Closed)]
    [InlineData("frozen", Status.Frozen)]
    [InlineData("over the limit", Status.LimitReached)]
    [InlineData("no units left", Status.SoldOut)]
    public void Refuses_in_the_documented_order(string situation, Status expected)
    {
        var shelf = Shelf.With(units: 1, limit: 1);
        shelf.Hold("li");
        var shopper = situation == "no units left" ? "mei" : "li";
        if (situation is not ("over the limit" or "no units left")) shelf.Do(new FreezePool(Shelf.Drop, 2));
        if (situation == "closed by an operator") shelf.Do(new ClosePool(Shelf.Drop, 3));
        if (situation == "after the window") shelf.Now = Shelf.Closing;
        if (situation == "before the window") shelf.Now = Shelf.Opening.AddMilliseconds(-1);
        if (situation == "not on sale") shelf.Do(Shelf.Configuration(version: 4, units: 1, onSale: false));

        Assert.Equal(expected, shelf.Do(Shelf.Reservation(shopper, key: "another tap")).Status);
    }

    [Fact]
    public void Answers_not_found_for_a_campaign_without_a_pool() =>
        Assert.Equal(Status.NotFound, new Shelf().Do(Shelf.Reservation("mei")).Status);

    [Fact]
    public void Names_the_opening_time_before_it() =>
        Assert.Equal(Shelf.Opening, ShelfBeforeOpening().Do(Shelf.Reservation("mei")).OpensAt);

    [Fact]
    public void Sells_exactly_at_the_opening_and_refuses_exactly_at_the_closing()
    {
        var shelf = Shelf.With(units: 2);
        shelf.Now = Shelf.Opening;
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Reservation("mei")).Status);
        shelf.Now = Shelf.Closing;
        Assert.Equal(Status.Closed, shelf.Do(Shelf.Reservation("li")).Status);
    }

    [Fact]
    public void Never_gives_more_than_there_is()
    {
        var shelf = Shelf.With(units: 5, limit: 2);
        var answers = Enumerable.Range(0, 20).Select(i => shelf.Do(Shelf.Reservation($"shopper{i}", quantity: 2)).Status).ToList();
        Assert.Equal(2, answers.Count(s => s == Status.Accepted));
        Assert.Equal(1, shelf.Pool.Available);
        Assert.Equal(18, answers.Count(s => s == Status.SoldOut));
    }

    [Fact]
    public void Sold_out_says_whether_units_may_come_back()
    {
        var shelf = Shelf.With(units: 1);
        var hold = shelf.Hold("li");
        Assert.True(shelf.Do(Shelf.Reservation("mei")).MayReturn);
        shelf.Do(new Confirm(Shelf.Op("order"), hold, 1));
        Assert.False(shelf.Do(Shelf.Reservation("mei")).MayReturn);
    }

    [Fact]
    public void Limit_counts_held_and_sold_units_and_says_how_many()
    {
        var shelf = Shelf.With(units: 10, limit: 3);
        shelf.Do(new Confirm(Shelf.Op("order"), shelf.Hold("mei"), 1));
        shelf.Hold("mei", "second");
        var refused = shelf.Do(Shelf.Reservation("mei", "third", quantity: 2));
        Assert.Equal((Status.LimitReached, 3, 2), (refused.Status, refused.Limit, refused.Owned));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Reservation("mei", "third", quantity: 1)).Status);
    }

    [Theory]
    [InlineData("sold out")]
    [InlineData("closed")]
    [InlineData("frozen")]
    [InlineData("dropped from sale")]
    public void Repeat_gets_the_first_answer_whatever_applies_by_then(string by_then)
    {
        var shelf = Shelf.With(units: 1);
        var first = shelf.Do(Shelf.Reservation("mei"));
        if (by_then == "closed") shelf.Do(new ClosePool(Shelf.Drop, 2));
        if (by_then == "frozen") shelf.Do(new FreezePool(Shelf.Drop, 2));
        if (by_then == "dropped from sale") shelf.Do(Shelf.Configuration(version: 2, units: 1, onSale: false));
        shelf.Now = shelf.Now.AddSeconds(30);

        var again = shelf.Do(Shelf.Reservation("mei"));

        Assert.True(again.Repeated);
        Assert.Equal(first.Hold, again.Hold);
        Assert.Equal(1, shelf.Pool.Held);
    }

    [Fact]
    public void Same_key_with_another_body_is_refused()
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        shelf.Hold("mei");
        Assert.Equal(Status.IdempotencyMismatch, shelf.Do(Shelf.Reservation("mei", quantity: 2)).Status);
        Assert.Equal(1, shelf.Pool.Held);
    }

    [Fact]
    public void Refusal_is_not_remembered()
    {
        var shelf = ShelfBeforeOpening();
        Assert.Equal(Status.NotOpen, shelf.Do(Shelf.Reservation("mei")).Status);
        shelf.Now = Shelf.Opening;
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Reservation("mei")).Status);
    }

    [Fact]
    public void Ended_hold_begins_anew_only_when_the_cart_refused_that_generation()
    {
        var shelf = Shelf.With(units: 1);
        var first = shelf.Hold("mei");
        shelf.Now = shelf.Now.AddSeconds(600);
        shelf.Do(new Expire(100));

        var repeated = shelf.Do(Shelf.Reservation("mei"));
        Assert.Equal((true, HoldState.Expired), (repeated.Repeated, repeated.Hold!.State));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Reservation("mei", refused: first.Generation - 1)).Status);
        Assert.Equal(1, shelf.Pool.Available);

        var anew = shelf.Do(Shelf.Reservation("mei", refused: first.Generation));
        Assert.Equal((false, HoldState.Held), (anew.Repeated, anew.Hold!.State));
        Assert.True(anew.Hold.Generation > first.Generation);
        Assert.Equal(first.Hold, anew.Hold.Id);
    }

    [Fact]
    public void Refused_claim_leaves_the_key_unused_and_pauses_the_shopper_for_two_seconds()
    {
        var shelf = Shelf.With(units: 5, limit: 3);
        var hold = shelf.Hold("mei", quantity: 2);
        shelf.Do(new Release(hold, ReleaseCause.ClaimRefused, Owned: 3));

        var paused = shelf.Do(Shelf.Reservation("mei", "another key"));
        Assert.Equal((Status.LimitReached, 3, 3), (paused.Status, paused.Limit, paused.Owned));
        Assert.Equal(Status.Accepted, shelf.Do(Shelf.Reservation("li")).Status);

        shelf.Now += StockMachine.PauseAfterRefusedClaim;
        var withAnotherBody = shelf.Do(Shelf.Reservation("mei", quantity: 1));
        Assert.Equal((Status.Accepted, false), (withAnotherBody.Status, withAnotherBody.Repeated));
    }

    private static Shelf ShelfBeforeOpening()
    {
        var shelf = Shelf.With(units: 1);
        shelf.Now = Shelf.Opening.AddMinutes(-1);
        return shelf;
    }
}
