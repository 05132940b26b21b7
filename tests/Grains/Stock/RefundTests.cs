using FlashSale.Contracts;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Stock;

public class RefundTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Refund_of_nothing_or_of_more_than_was_sold_is_a_conflict(int quantity)
    {
        var (shelf, sold) = ShelfWithSale(quantity: 3);
        Assert.Equal(Status.Conflict, shelf.Do(new Refund(Shelf.Op("refund"), sold, quantity, Restock: true)).Status);
        Assert.Equal((2L, 3L), (shelf.Pool.Available, shelf.Pool.Sold));
    }

    [Fact]
    public void Refunds_in_parts_show_what_is_still_sold()
    {
        var (shelf, sold) = ShelfWithSale(quantity: 3);
        Assert.Equal(2, shelf.Do(new Refund(Shelf.Op("one"), sold, 1, Restock: true)).Hold!.Quantity);
        Assert.Equal(Status.Conflict, shelf.Do(new Refund(Shelf.Op("three"), sold, 3, Restock: true)).Status);
        Assert.Equal(0, shelf.Do(new Refund(Shelf.Op("two"), sold, 2, Restock: true)).Hold!.Quantity);
        Assert.Equal((5L, 0L), (shelf.Pool.Available, shelf.Pool.Sold));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public void Refund_under_an_operation_that_did_another_one_is_refused(int quantity, bool restock)
    {
        var (shelf, sold) = ShelfWithSale(quantity: 3);
        shelf.Do(new Refund(Shelf.Op("refund"), sold, 1, Restock: true));
        Assert.Equal(Status.IdempotencyMismatch, shelf.Do(new Refund(Shelf.Op("refund"), sold, quantity, restock)).Status);
        Assert.Equal((3L, 2L, 0L), (shelf.Pool.Available, shelf.Pool.Sold, shelf.State.Withdrawn));
    }

    [Fact]
    public void Refund_of_an_unknown_hold_or_of_another_generation_is_not_found()
    {
        var (shelf, sold) = ShelfWithSale(quantity: 3);
        Assert.Equal(Status.NotFound, shelf.Do(new Refund(Shelf.Op("refund"), new HoldRef(new HoldId(Shelf.Op("never")), 1), 1, Restock: true)).Status);
        Assert.Equal(Status.NotFound, shelf.Do(new Refund(Shelf.Op("refund"), sold with { Generation = sold.Generation + 1 }, 1, Restock: true)).Status);
        Assert.Equal(Status.NotFound, shelf.Do(new Refund(Shelf.Op("refund"), sold with { Generation = sold.Generation - 1 }, 1, Restock: true)).Status);
        Assert.Equal(3, shelf.Pool.Sold);
    }

    [Fact]
    public void Only_what_was_sold_can_be_refunded()
    {
        var shelf = Shelf.With(units: 5);
        var held = shelf.Hold("mei");
        Assert.Equal(Status.Conflict, shelf.Do(new Refund(Shelf.Op("refund"), held, 1, Restock: true)).Status);
        Assert.Equal((4L, 1L), (shelf.Pool.Available, shelf.Pool.Held));
    }

    private static (Shelf Shelf, HoldRef Sold) ShelfWithSale(int quantity)
    {
        var shelf = Shelf.With(units: 5, limit: 5);
        var hold = shelf.Hold("mei", quantity: quantity);
        shelf.Do(new Confirm(Shelf.Op("order"), hold, quantity));
        return (shelf, hold);
    }
}
