using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Stock;

/// <summary>A stock in memory with a clock that the test moves. After every command conservation is checked.</summary>
internal sealed class Shelf
{
    public static readonly DateTimeOffset Opening = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);
    public static readonly DateTimeOffset Closing = Opening.AddHours(1);
    public static readonly CampaignId Drop = new("dunk-low");
    public static readonly Sku Sku = new("dunk-low-42");

    private readonly StockMachine _machine = new();

    public Shelf() => State = _machine.Initial(GrainKeys.SkuPrefix + Sku.Value);

    public StockState State { get; private set; }

    public List<StockEvent> Events { get; } = [];

    public DateTimeOffset Now { get; set; } = Opening;

    public Pool Pool => State.Pools[Drop];

    /// <summary>A pool that is open: received units, all in the campaign.</summary>
    public static Shelf With(long units, int limit = 1, int holdSeconds = 600)
    {
        var shelf = new Shelf();
        shelf.Do(new Register());
        shelf.Do(new Receive(Op("receipt"), Math.Max(units, 1), "receipt"));
        shelf.Do(Configuration(version: 1, units, limit, holdSeconds));
        return shelf;
    }

    public static ConfigurePool Configuration(long version, long units, int limit = 1, int holdSeconds = 600, bool onSale = true, bool undo = false, bool frozen = false) =>
        new(Drop, version, onSale, frozen, units, undo, Opening, Closing, limit, holdSeconds, new Money(79900, "CNY"));

    public static OperationId Op(string key) => OperationId.Of("test", "any", key);

    public static Reserve Reservation(string shopper, string key = "tap", int quantity = 1, long refused = 0) =>
        new(OperationId.Of(shopper, "hold", key), new ShopperId(shopper), Drop, quantity, refused);

    public StockResult Do(StockCommand command)
    {
        var decision = _machine.Decide(State, command, Now);
        foreach (var e in decision.Events)
        {
            State = _machine.Apply(State, e, new EventStamp(State.Seq + 1, Now));
            Events.Add(e);
            AssertConservation(State);
        }

        return decision.Result;
    }

    /// <summary>Reserves and returns the generation that was granted.</summary>
    public HoldRef Hold(string shopper, string key = "tap", int quantity = 1)
    {
        var result = Do(Reservation(shopper, key, quantity));
        Assert.Equal(Status.Accepted, result.Status);
        return new HoldRef(result.Hold!.Id, result.Hold.Generation);
    }

    /// <summary>What the stored rows of the events give when they are read again.</summary>
    public StockState Replay()
    {
        var state = _machine.Initial(GrainKeys.SkuPrefix + Sku.Value);
        foreach (var (e, i) in Events.Select((e, i) => (e, i)))
        {
            var row = StockCodec.Events.Encode(e, new(i + 1, Opening));
            var read = StockCodec.Events.Decode("stock/test", row);
            Assert.Equal(e, read);
            state = _machine.Apply(state, read, new(row.Seq, row.At));
        }

        return state;
    }

    public static void AssertConservation(StockState state)
    {
        var view = state.View;
        Assert.Equal(view.Received, view.Available + view.Held + view.Sold + view.Withdrawn);
        Assert.True(view is { General: >= 0, Withdrawn: >= 0 });
        Assert.All(state.Pools.Values, p => Assert.True(p is { Available: >= 0, Held: >= 0, Sold: >= 0 } && (p.ClosedAt is null || p.Available == 0)));
        Assert.Equal(state.Holds.Values.Where(h => h.State == HoldState.Held).Sum(h => h.Quantity), view.Held);
        Assert.Equal(state.Holds.Values.Count(h => h.State == HoldState.Held), state.Due.Count);
        Assert.All(state.Pools.Values, p => Assert.Equal(p.Held + p.Sold, p.Shoppers.Values.Sum(o => (long)o.Units)));
    }
}
