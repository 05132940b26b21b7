using FlashSale.Contracts;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Stock;

public class ForgettingTests
{
    [Fact]
    public void Operations_are_forgotten_thirty_days_after_the_close_but_sales_are_not()
    {
        var shelf = Shelf.With(units: 5);
        var sold = shelf.Hold("mei");
        shelf.Do(new Confirm(Shelf.Op("order"), sold, 1));
        var released = shelf.Hold("li");
        shelf.Do(new Release(released, ReleaseCause.Shopper));
        shelf.Do(new ClosePool(Shelf.Drop, 2));

        shelf.Now = shelf.Now.AddDays(29);
        shelf.Do(new Receive(Shelf.Op("later"), 1, "receipt"));
        Assert.Contains(released.Hold, shelf.State.Holds.Keys);

        shelf.Now = shelf.Now.AddDays(2);
        shelf.Do(new Receive(Shelf.Op("much later"), 1, "receipt"));
        Assert.DoesNotContain(released.Hold, shelf.State.Holds.Keys);
        Assert.Contains(sold.Hold, shelf.State.Holds.Keys);
        Assert.Equal(Status.Closed, shelf.Do(Shelf.Reservation("li")).Status);
    }

    [Fact]
    public void Ended_holds_are_repeated_until_thirty_days_after_the_close_have_passed()
    {
        var shelf = Shelf.With(units: 5);
        shelf.Do(new Release(shelf.Hold("mei"), ReleaseCause.Shopper));
        shelf.Do(new ClosePool(Shelf.Drop, 2));

        LetPass(shelf, StockFold.Remembered);
        Assert.True(shelf.Do(Shelf.Reservation("mei")).Repeated);
        LetPass(shelf, TimeSpan.FromDays(1));
        Assert.Equal(Status.Closed, shelf.Do(Shelf.Reservation("mei")).Status);
    }

    [Fact]
    public void Adjustments_are_repeated_until_thirty_days_have_passed()
    {
        var shelf = Shelf.With(units: 5);
        var receive = new Receive(Shelf.Op("receipt"), 5, "receipt");

        var later = LetPass(shelf, StockFold.Remembered);
        Assert.True(shelf.Do(receive).Repeated);
        var last = LetPass(shelf, TimeSpan.FromDays(1));
        Assert.Equal([later, last], shelf.State.Done.OrderBy(d => d.Value.At).Select(d => d.Key));
    }

    [Fact]
    public void Operations_on_a_sale_are_repeated_while_its_campaign_is_open_and_for_thirty_days_after()
    {
        var shelf = Shelf.With(units: 5);
        var order = new Confirm(Shelf.Op("order"), shelf.Hold("mei"), 1);
        shelf.Do(order);

        LetPass(shelf, StockFold.Remembered + TimeSpan.FromDays(10));
        Assert.True(shelf.Do(order).Repeated);
        shelf.Do(new ClosePool(Shelf.Drop, 2));
        LetPass(shelf, StockFold.Remembered);
        Assert.True(shelf.Do(order).Repeated);
        LetPass(shelf, TimeSpan.FromDays(1));
        Assert.Equal(Status.AlreadyConfirmed, shelf.Do(order).Status);
    }

    [Fact]
    public void What_can_be_forgotten_is_looked_for_at_most_once_a_day()
    {
        var shelf = Shelf.With(units: 5);
        LetPass(shelf, TimeSpan.FromDays(1) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(Shelf.Opening.AddDays(1), shelf.State.ForgetAt);
        LetPass(shelf, TimeSpan.FromMilliseconds(1));
        Assert.Equal(Shelf.Opening.AddDays(2), shelf.State.ForgetAt);
    }

    // Time passes with an event at its end: only events make a stock forget.
    private static OperationId LetPass(Shelf shelf, TimeSpan time)
    {
        shelf.Now += time;
        var operation = Shelf.Op($"receipt {shelf.Now:O}");
        shelf.Do(new Receive(operation, 1, "receipt"));
        return operation;
    }
}
