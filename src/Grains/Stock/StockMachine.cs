using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using StockDecision = FlashSale.Grains.Ledger.Decision<FlashSale.Contracts.StockResult, FlashSale.Grains.Stock.StockEvent>;

namespace FlashSale.Grains.Stock;

/// <summary>The stock rules. Every "yes" and "no" about units is decided here; what an event does to the state is in <see cref="StockFold"/>.</summary>
internal sealed class StockMachine : IMachine<StockState, StockCommand, StockResult, StockEvent>
{
    /// <summary>How long a pool refuses a shopper after the cart refused a claim: else winners who keep tapping make the shelf flicker.</summary>
    public static readonly TimeSpan PauseAfterRefusedClaim = TimeSpan.FromSeconds(2);

    private static readonly StockResult Accepted = new(Status.Accepted);
    private static readonly StockResult NotFound = new(Status.NotFound);
    private static readonly StockResult Mismatch = new(Status.IdempotencyMismatch);
    private static readonly StockResult Closed = new(Status.Closed);
    private static readonly StockResult Frozen = new(Status.Frozen);
    private static readonly StockResult SoldOut = new(Status.SoldOut);
    private static readonly StockResult SoldOutMayReturn = new(Status.SoldOut, MayReturn: true);
    private static readonly StockResult Gone = new(Status.Gone);
    private static readonly StockResult AlreadyConfirmed = new(Status.AlreadyConfirmed);
    private static readonly StockResult GivenUp = new(Status.Conflict, Detail: "the withdrawal was given up");

    public StockState Initial(string key) => new(new Sku(key[GrainKeys.SkuPrefix.Length..]));

    public StockState Apply(StockState state, StockEvent e, EventStamp stamp) => StockFold.Apply(state, e, stamp);

    public StockDecision Decide(StockState state, StockCommand command, DateTimeOffset now) => command switch
    {
        Reserve c => Reserve(state, c, now),
        Release c => Release(state, c),
        Expire c => Expire(state, c, now),
        Confirm c => Confirm(state, c, now),
        Extend c => Extend(state, c),
        Refund c => Refund(state, c),
        Register => state.Registered ? Accepted : Yes(Accepted, new Registered()),
        Receive c => Receive(state, c),
        Withdraw c => Withdraw(state, c),
        ConfigurePool c => Configure(state, c, now),
        FreezePool c => ChangePool(state, c.Campaign, c.Version, new PoolFrozen(c.Campaign, c.Version)),
        ResumePool c => ChangePool(state, c.Campaign, c.Version, new PoolResumed(c.Campaign, c.Version)),
        ClosePool c => Close(state, c),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "No rule for this command."),
    };

    private static StockDecision Reserve(StockState state, Reserve c, DateTimeOffset now)
    {
        var id = new HoldId(c.Operation);
        if (state.Holds.TryGetValue(id, out var hold) && !MayBeginAnew(hold, c))
        {
            // Without this a retry whose first reply was lost takes units twice.
            return hold.Campaign == c.Campaign && hold.Asked == c.Quantity
                ? new StockResult(Status.Accepted, state.Info(hold), Repeated: true)
                : Mismatch; // Without this a client's bug (a key used twice) sells something that nobody asked for.
        }

        // A pool that is not on sale belongs to a configuration not settled yet: its units may go back.
        if (!state.Pools.TryGetValue(c.Campaign, out var pool) || !pool.OnSale) return NotFound;
        // Without this a modified client buys before everybody else may.
        if (now < pool.OpensAt) return new StockResult(Status.NotOpen, OpensAt: pool.OpensAt);
        // Without this a drop goes on after its end until the keeper gets to it.
        if (pool.ClosedAt is not null || now >= pool.ClosesAt) return Closed;
        // Without this an operator who finds a wrong price cannot stop the sale.
        if (pool.Frozen) return Frozen;

        var owned = pool.Shoppers.GetValueOrDefault(c.Shopper);
        // Without this a shopper whom the cart refuses takes and returns the same units again and again.
        if (now < owned.RefusedUntil)
        {
            return new StockResult(Status.LimitReached, Limit: pool.LimitPerShopper, Owned: owned.RefusedOwned, RetryAfter: owned.RefusedUntil - now);
        }

        // Without this one shopper empties the shelf.
        if (owned.Units + c.Quantity > pool.LimitPerShopper)
        {
            return new StockResult(Status.LimitReached, Limit: pool.LimitPerShopper, Owned: owned.Units);
        }

        // Without this the shelf goes below zero.
        if (pool.Available < c.Quantity) return pool.Held > 0 ? SoldOutMayReturn : SoldOut;

        return Hold(state, pool, id, c.Shopper, c.Quantity, now, c.Operation);
    }

    // A hold that ended unclaimed promised nothing to anybody. But the stock cannot know that it was unclaimed: the cart must have said so,
    // for this very generation, or a late claim could still make a promise of it.
    private static bool MayBeginAnew(Hold hold, Reserve c) =>
        hold.State is HoldState.Released or HoldState.Expired && hold.Generation == c.RefusedGeneration;

    private static StockDecision Hold(StockState state, Pool pool, HoldId id, ShopperId shopper, int quantity, DateTimeOffset now, OperationId? operation)
    {
        var held = new Held(id, shopper, pool.Campaign, quantity, now.AddSeconds(pool.HoldSeconds), pool.LimitPerShopper, pool.Price) { Operation = operation };
        return Yes(new StockResult(Status.Accepted, state.Info(StockFold.HoldOf(held, state.Seq + 1))), held);
    }

    private static StockDecision Release(StockState state, Release c)
    {
        if (!state.Holds.TryGetValue(c.Hold.Hold, out var hold) || c.Hold.Generation > hold.Generation) return NotFound;
        return hold.State switch
        {
            HoldState.Confirmed => AlreadyConfirmed,
            // Without this a late release voids what a retry was granted since.
            _ when c.Hold.Generation < hold.Generation => Accepted,
            HoldState.Held => Yes(Answer(state, hold with { State = HoldState.Released }), new Released(hold.Id, hold.Generation, hold.Quantity, c.Cause, c.Owned)),
            _ => Answer(state, hold),
        };
    }

    private static StockDecision Expire(StockState state, Expire c, DateTimeOffset now)
    {
        var due = ImmutableArray.CreateBuilder<StockEvent>();
        foreach (var next in state.Due)
        {
            if (next.At > now || due.Count == c.Most) break;
            due.Add(new Expired(next.Hold.Hold, next.Hold.Generation, state.Holds[next.Hold.Hold].Quantity));
        }

        return new StockDecision(Accepted, due.DrainToImmutable());
    }

    private static StockDecision Extend(StockState state, Extend c)
    {
        if (!state.Holds.TryGetValue(c.Hold.Hold, out var hold)) return NotFound;
        if (hold.State == HoldState.Confirmed) return AlreadyConfirmed;
        if (hold.State != HoldState.Held || hold.Generation != c.Hold.Generation) return Gone;
        // A shorter hold than the one promised would break the promise.
        if (c.ExpiresAt <= hold.ExpiresAt) return Answer(state, hold);
        return Yes(Answer(state, hold with { ExpiresAt = c.ExpiresAt }), new Extended(hold.Id, hold.Generation, c.ExpiresAt));
    }

    private static StockDecision Confirm(StockState state, Confirm c, DateTimeOffset now)
    {
        if (state.Done.TryGetValue(c.Operation, out var done)) return Repeat(state, done, StockFold.BodyOfConfirm(c.Hold.Hold, c.Quantity));
        if (!state.Holds.TryGetValue(c.Hold.Hold, out var hold)) return NotFound;
        // Without this two orders are paid for the same units.
        if (hold.State == HoldState.Confirmed) return AlreadyConfirmed;
        // An older generation ended; a newer one is somebody's retry and not for this payment to take.
        if (hold.Generation != c.Hold.Generation) return Gone;
        if (c.Quantity < 1 || c.Quantity > hold.Quantity) return Conflict($"{c.Quantity} of {hold.Quantity} held units cannot be confirmed");

        return hold.State == HoldState.Held
            ? Yes(Sold(state, hold, c), new Confirmed(hold.Id, hold.Generation, c.Quantity, hold.Quantity - c.Quantity) { Operation = c.Operation })
            : ConfirmLate(state, hold, c, now);
    }

    // Payment came after the hold had ended: it takes units anew under the rules of a new hold, or none.
    private static StockDecision ConfirmLate(StockState state, Hold hold, Confirm c, DateTimeOffset now)
    {
        var pool = state.Pools[hold.Campaign];
        // Before the window too: whoever took the ledger over may have a clock that is behind the one under which the hold was granted.
        if (pool.ClosedAt is not null || now < pool.OpensAt || now >= pool.ClosesAt) return Gone;
        if (pool.Frozen) return Frozen;
        var owned = pool.Shoppers.GetValueOrDefault(hold.Shopper).Units;
        if (owned + c.Quantity > pool.LimitPerShopper || pool.Available < c.Quantity) return Gone;

        var again = new Held(hold.Id, hold.Shopper, hold.Campaign, c.Quantity, now.AddSeconds(pool.HoldSeconds), pool.LimitPerShopper, hold.Price);
        var generation = state.Seq + 1;
        return new StockDecision(
            Sold(state, StockFold.HoldOf(again, generation), c),
            [again, new Confirmed(hold.Id, generation, c.Quantity, Freed: 0) { Operation = c.Operation }]);
    }

    private static StockResult Sold(StockState state, Hold hold, Confirm c) => Answer(state, hold with { State = HoldState.Confirmed, Sold = c.Quantity });

    private static StockDecision Refund(StockState state, Refund c)
    {
        if (state.Done.TryGetValue(c.Operation, out var done)) return Repeat(state, done, StockFold.BodyOfRefund(c.Hold.Hold, c.Quantity, c.Restock));
        if (!state.Holds.TryGetValue(c.Hold.Hold, out var hold) || hold.Generation != c.Hold.Generation) return NotFound;
        // Without this units that were never sold are taken back.
        if (hold.State != HoldState.Confirmed) return Conflict("only a confirmed hold can be refunded");
        if (c.Quantity < 1 || c.Quantity > hold.Sold) return Conflict($"{c.Quantity} of {hold.Sold} sold units cannot be refunded");
        return Yes(
            Answer(state, hold with { Sold = hold.Sold - c.Quantity }),
            new Refunded(hold.Id, hold.Generation, c.Quantity, c.Restock) { Operation = c.Operation });
    }

    private static StockDecision Receive(StockState state, Receive c)
    {
        if (state.Done.TryGetValue(c.Operation, out var done)) return Repeat(state, done, StockFold.BodyOfAdjustment(c.Quantity, c.Reason));
        if (!state.Registered) return NotFound;
        return Adjusted(state, c.Told, new Received(c.Quantity, c.Reason, c.Told) { Operation = c.Operation });
    }

    private static StockDecision Withdraw(StockState state, Withdraw c)
    {
        if (state.Done.TryGetValue(c.Operation, out var done)) return Repeat(state, done, StockFold.BodyOfAdjustment(-c.Quantity, c.Reason));
        if (!state.Registered) return NotFound;
        // Without this a request that was sent twice is refused, its key used for another one, and then the second copy accepted.
        if (c.GiveUp) return Yes(GivenUp, new WithdrawalGivenUp(c.Quantity, c.Reason) { Operation = c.Operation });
        // Units of a campaign are promised to it; only the general pool can give.
        if (c.Quantity > state.General) return Conflict($"{c.Quantity} units cannot be withdrawn: {state.General} are available in the general pool");
        return Adjusted(state, c.Told, new Withdrawn(c.Quantity, c.Reason, c.Told) { Operation = c.Operation });
    }

    private static StockDecision Adjusted(StockState state, Told? told, StockEvent e)
    {
        var view = StockFold.Apply(state, e, new EventStamp(state.Seq + 1, default)).View;
        return Yes(new StockResult(Status.Accepted, View: view with { Epoch = told?.Epoch ?? 0 }, Told: told), e);
    }

    private static StockDecision Configure(StockState state, ConfigurePool c, DateTimeOffset now)
    {
        if (!state.Registered) return NotFound;
        var pool = state.Pools.GetValueOrDefault(c.Campaign) ?? new Pool(c.Campaign);
        // Without this a step that was delayed undoes a newer one.
        if (c.Version <= pool.Version) return new StockResult(Status.Accepted, View: state.View);
        if (pool.ClosedAt is not null) return Conflict("the campaign is closed");
        // Without this a pool that began to sell while the change was on its way belongs to a campaign that has not opened.
        if (!c.Undo && pool.OnSale && now >= pool.OpensAt && now < c.OpensAt) return Conflict("the campaign has opened");

        // Nothing to set aside, nothing to show. An undone step leaves its version all the same: a copy of the step itself that is still on its way
        // would set units aside for a campaign that has forgotten them.
        if (c is { Undo: false, OnSale: false, Units: 0 } && !state.Pools.ContainsKey(c.Campaign)) return new StockResult(Status.Accepted, View: state.View);

        var taken = pool.Held + pool.Sold;
        var units = c.Undo ? Math.Max(c.Units, taken) : c.Units;
        if (units < taken) return Conflict($"{units} units are fewer than the {taken} held or sold");
        var moved = units - pool.Units;
        if (moved > state.General)
        {
            if (!c.Undo) return Conflict($"{moved} more units are needed, the general pool has {state.General}");
            moved = state.General;
        }

        var e = new PoolConfigured(c.Campaign, c.Version, c.OnSale, c.Frozen, moved, c.OpensAt, c.ClosesAt, c.LimitPerShopper, c.HoldSeconds, c.Price);
        return Yes(WithView(state, e), e);
    }

    private static StockDecision ChangePool(StockState state, CampaignId campaign, long version, StockEvent e)
    {
        if (!state.Pools.TryGetValue(campaign, out var pool)) return NotFound;
        // A newer step leaves its version also where it finds the pool as it wants it: the step before it may still be on its way and would undo it.
        if (version <= pool.Version || pool.ClosedAt is not null) return new StockResult(Status.Accepted, View: state.View);
        return Yes(WithView(state, e), e);
    }

    private static StockDecision Close(StockState state, ClosePool c)
    {
        if (!state.Registered) return NotFound;
        // A pool that is not here yet is closed all the same: a step that was delayed must not set units aside for a campaign that has ended.
        var pool = state.Pools.GetValueOrDefault(c.Campaign) ?? new Pool(c.Campaign);
        if (pool.ClosedAt is not null) return new StockResult(Status.Accepted, View: state.View);
        var e = new PoolClosed(c.Campaign, c.Version, pool.Available);
        return Yes(WithView(state, e), e);
    }

    private static StockResult WithView(StockState state, StockEvent e) =>
        new(Status.Accepted, View: StockFold.Apply(state, e, new EventStamp(state.Seq + 1, default)).View);

    private static StockDecision Repeat(StockState state, Done done, DoneBody body) =>
        done.Body != body ? Mismatch
        : done.GivenUp ? GivenUp
        : new StockResult(Status.Accepted, state.Holds.TryGetValue(body.Hold, out var hold) ? state.Info(hold) : null, Repeated: true, View: done.View, Told: done.Told);

    private static StockResult Answer(StockState state, Hold hold) => new(Status.Accepted, state.Info(hold));

    private static StockDecision Conflict(string detail) => new StockResult(Status.Conflict, Detail: detail);

    private static StockDecision Yes(StockResult result, StockEvent e) => new(result, [e]);
}
