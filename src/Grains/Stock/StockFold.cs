using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Stock;

/// <summary>What each event does to the stock. One path for live calls and for replay.</summary>
internal static class StockFold
{
    /// <summary>How long operations are remembered after their campaign closed, and adjustments after they happened.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    public static StockState Apply(StockState state, StockEvent e, EventStamp stamp)
    {
        var next = e switch
        {
            Held held => Take(state, held, stamp),
            Released released => Released(state, released, stamp),
            Expired expired => End(state, expired.Hold, expired.Quantity, h => h with { State = HoldState.Expired }),
            Confirmed confirmed => Confirmed(state, confirmed, stamp),
            Extended extended => Extended(state, extended),
            Refunded refunded => Refunded(state, refunded, stamp),
            Registered => state with { Registered = true },
            Received received => Adjusted(
                state with { Received = state.Received + received.Quantity, General = state.General + received.Quantity },
                received.Operation, BodyOfAdjustment(received.Quantity, received.Reason), received.Told, stamp),
            Withdrawn withdrawn => Adjusted(
                state with { Withdrawn = state.Withdrawn + withdrawn.Quantity, General = state.General - withdrawn.Quantity },
                withdrawn.Operation, BodyOfAdjustment(-withdrawn.Quantity, withdrawn.Reason), withdrawn.Told, stamp),
            WithdrawalGivenUp given => WithDone(
                state, given.Operation, new Done(stamp.At, BodyOfAdjustment(-given.Quantity, given.Reason), View: null, GivenUp: true)),
            PoolConfigured configured => Configured(state, configured),
            PoolFrozen frozen => WithPool(state, frozen.Campaign, p => p with { Frozen = true, Version = frozen.Version }),
            PoolResumed resumed => WithPool(state, resumed.Campaign, p => p with { Frozen = false, Version = resumed.Version }),
            PoolClosed closed => Closed(state, closed, stamp),
            _ => throw new ArgumentOutOfRangeException(nameof(e), e.GetType().Name, "No fold for this event."),
        };

        next = next with { Seq = stamp.Seq };
        return stamp.At >= next.ForgetAt ? Forget(next, stamp.At) : next;
    }

    public static Hold HoldOf(Held held, long generation) =>
        new(held.Hold, generation, held.Shopper, held.Campaign, held.Quantity, held.ExpiresAt, held.Limit, held.Price);

    public static DoneBody BodyOfAdjustment(long delta, string reason) => new("adjust", default, delta, reason);

    public static DoneBody BodyOfConfirm(HoldId hold, int quantity) => new("confirm", hold, quantity, null);

    public static DoneBody BodyOfRefund(HoldId hold, int quantity, bool restock) => new("refund", hold, quantity, restock ? "restock" : "withdraw");

    private static StockState Take(StockState state, Held held, EventStamp stamp)
    {
        var pool = state.Pools[held.Campaign];
        // All holds of a pool share one price object: a million of them should not cost a million copies.
        var hold = HoldOf(held.Price == pool.Price ? held with { Price = pool.Price } : held, stamp.Seq);
        // A generation that a late confirmation began is no operation of the shopper's: the first request is still the one to repeat.
        hold = hold with { Asked = held.Operation is null && state.Holds.TryGetValue(hold.Id, out var before) ? before.Asked : held.Quantity };
        pool = Owns(pool, held.Shopper, held.Quantity) with { Available = pool.Available - held.Quantity, Held = pool.Held + held.Quantity };
        return state with
        {
            Pools = state.Pools.SetItem(pool.Campaign, pool),
            Holds = state.Holds.SetItem(hold.Id, hold),
            Due = state.Due.Add(new Due(hold.ExpiresAt, hold.Ref)),
        };
    }

    private static StockState Released(StockState state, Released e, EventStamp stamp)
    {
        var next = End(state, e.Hold, e.Quantity, h => h with { State = HoldState.Released });
        if (e.Cause != ReleaseCause.ClaimRefused) return next;
        // The key was never used: it may ask again, even with another body, so nothing of it is remembered but the pause.
        var hold = next.Holds[e.Hold];
        next = next with { Holds = next.Holds.Remove(hold.Id) };
        return WithPool(next, hold.Campaign, p => p with
        {
            Shoppers = p.Shoppers.SetItem(hold.Shopper, p.Shoppers.GetValueOrDefault(hold.Shopper) with
            {
                RefusedUntil = stamp.At + StockMachine.PauseAfterRefusedClaim,
                RefusedOwned = e.Owned,
            }),
        });
    }

    private static StockState Confirmed(StockState state, Confirmed e, EventStamp stamp)
    {
        var next = End(state, e.Hold, e.Freed, h => h with { State = HoldState.Confirmed, Sold = e.Sold });
        next = WithPool(next, next.Holds[e.Hold].Campaign, p => p with { Held = p.Held - e.Sold, Sold = p.Sold + e.Sold });
        return WithDone(next, e.Operation, new Done(stamp.At, BodyOfConfirm(e.Hold, e.Sold), View: null));
    }

    // The one place where a generation ends: it leaves the queue of ends, and what is freed goes where it can be sold again.
    private static StockState End(StockState state, HoldId id, int freed, Func<Hold, Hold> ended)
    {
        var hold = state.Holds[id];
        var next = Free(state, hold, freed);
        next = WithPool(next, hold.Campaign, p => p with { Held = p.Held - freed });
        return next with { Holds = next.Holds.SetItem(id, ended(hold)), Due = next.Due.Remove(new Due(hold.ExpiresAt, hold.Ref)) };
    }

    // A closed pool keeps nothing: else its units would be stranded for ever.
    private static StockState Free(StockState state, Hold hold, int quantity)
    {
        var pool = Owns(state.Pools[hold.Campaign], hold.Shopper, -quantity);
        return pool.ClosedAt is null
            ? state with { Pools = state.Pools.SetItem(pool.Campaign, pool with { Available = pool.Available + quantity }) }
            : state with { Pools = state.Pools.SetItem(pool.Campaign, pool), General = state.General + quantity };
    }

    private static StockState Extended(StockState state, Extended e)
    {
        var hold = state.Holds[e.Hold];
        var later = hold with { ExpiresAt = e.ExpiresAt };
        return state with
        {
            Holds = state.Holds.SetItem(hold.Id, later),
            Due = state.Due.Remove(new Due(hold.ExpiresAt, hold.Ref)).Add(new Due(later.ExpiresAt, later.Ref)),
        };
    }

    private static StockState Refunded(StockState state, Refunded e, EventStamp stamp)
    {
        var hold = state.Holds[e.Hold];
        var next = WithPool(state, hold.Campaign, p => p with { Sold = p.Sold - e.Quantity });
        next = e.Restock
            ? Free(next, hold, e.Quantity)
            : WithPool(next with { Withdrawn = next.Withdrawn + e.Quantity }, hold.Campaign, p => Owns(p, hold.Shopper, -e.Quantity));
        next = next with { Holds = next.Holds.SetItem(hold.Id, hold with { Sold = hold.Sold - e.Quantity }) };
        return WithDone(next, e.Operation, new Done(stamp.At, BodyOfRefund(e.Hold, e.Quantity, e.Restock), View: null));
    }

    private static StockState Configured(StockState state, PoolConfigured e)
    {
        var pool = state.Pools.GetValueOrDefault(e.Campaign) ?? new Pool(e.Campaign);
        return state with
        {
            General = state.General - e.Moved,
            Pools = state.Pools.SetItem(e.Campaign, pool with
            {
                Version = e.Version,
                OnSale = e.OnSale,
                Frozen = e.Frozen,
                Available = pool.Available + e.Moved,
                OpensAt = e.OpensAt,
                ClosesAt = e.ClosesAt,
                LimitPerShopper = e.LimitPerShopper,
                HoldSeconds = e.HoldSeconds,
                Price = e.Price,
            }),
        };
    }

    private static StockState Closed(StockState state, PoolClosed e, EventStamp stamp)
    {
        var pool = state.Pools.GetValueOrDefault(e.Campaign) ?? new Pool(e.Campaign);
        pool = pool with { ClosedAt = stamp.At, Version = e.Version, Available = pool.Available - e.Returned };
        return state with { General = state.General + e.Returned, Pools = state.Pools.SetItem(e.Campaign, pool) };
    }

    private static StockState Adjusted(StockState state, OperationId? operation, DoneBody body, Told? told, EventStamp stamp) =>
        WithDone(state, operation, new Done(stamp.At, body, state.View with { Seq = stamp.Seq, Epoch = told?.Epoch ?? 0 }, told));

    private static StockState WithDone(StockState state, OperationId? operation, Done done) =>
        operation is { } id ? state with { Done = state.Done.SetItem(id, done) } : state;

    private static StockState WithPool(StockState state, CampaignId campaign, Func<Pool, Pool> change) =>
        state with { Pools = state.Pools.SetItem(campaign, change(state.Pools[campaign])) };

    private static Pool Owns(Pool pool, ShopperId shopper, int more)
    {
        var owned = pool.Shoppers.GetValueOrDefault(shopper);
        owned = owned with { Units = owned.Units + more };
        return pool with { Shoppers = owned == default ? pool.Shoppers.Remove(shopper) : pool.Shoppers.SetItem(shopper, owned) };
    }

    // At most once a day, driven by the events' own times so that replay forgets the same things: what nobody can repeat any more.
    private static StockState Forget(StockState state, DateTimeOffset now)
    {
        var closedLongAgo = state.Pools.Values.Where(p => p.ClosedAt + Remembered < now).Select(p => p.Campaign).ToHashSet();
        var holds = state.Holds.RemoveRange(state.Holds.Values
            .Where(h => h.State is HoldState.Released or HoldState.Expired && closedLongAgo.Contains(h.Campaign)).Select(h => h.Id));
        var done = state.Done.RemoveRange(state.Done
            .Where(d => d.Value.At + Remembered < now && !(holds.TryGetValue(d.Value.Body.Hold, out var hold) && !closedLongAgo.Contains(hold.Campaign)))
            .Select(d => d.Key));
        return state with { Holds = holds, Done = done, ForgetAt = now.AddDays(1) };
    }
}
