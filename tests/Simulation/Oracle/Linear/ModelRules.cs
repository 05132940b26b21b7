using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// The sequential specification of one SKU: may this request be answered so, by a shelf in this state? Null: no. Otherwise the shelf after it, the
/// same one where nothing changed. Written from API.md and DESIGN.md, on purpose without a look at the machine's code.
/// </summary>
internal static class ModelRules
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    /// <param name="shelf">Before.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="answer">What was answered.</param>
    /// <param name="when">Ledger time was in here, whichever process judged.</param>
    public static ModelShelf? Step(ModelShelf shelf, object question, object answer, LedgerTimes when) => question switch
    {
        Reserve c => Reserve(shelf, c, (StockResult)answer, when),
        Confirm c => Confirm(shelf, c, (StockResult)answer, when),
        Refund c => Refund(shelf, c, (StockResult)answer),
        Release c => Same(shelf, Released(shelf, c, (StockResult)answer)),
        Extend c => Same(shelf, Extended(shelf, c, (StockResult)answer)),
        Register => Same(shelf, shelf.Registered && answer is StockResult { Status: Status.Accepted }),
        ViewQuestion => Same(shelf, Shows(shelf, (StockView)answer)),
        FindQuestion q => Same(shelf, q.Holds.Zip(((FindAnswer)answer).Holds).All(pair => Found(shelf, pair.First, pair.Second))),
        _ => throw new ArgumentOutOfRangeException(nameof(question), question.GetType().Name, "No rule for this question."),
    };

    private static ModelShelf? Same(ModelShelf shelf, bool holds) => holds ? shelf : null;

    private static ModelShelf? Reserve(ModelShelf shelf, Reserve c, StockResult r, LedgerTimes when)
    {
        var id = new HoldId(c.Operation).ToString();
        if (shelf.Holds.TryGetValue(id, out var known) && !(known.HasEnded && known.Generation == c.RefusedGeneration))
        {
            return known.Campaign == c.Campaign.Value && known.Asked == c.Quantity
                ? Same(shelf, r is { Status: Status.Accepted, Repeated: true, Hold: { } told } && Shows(known, told))
                : Same(shelf, r.Status == Status.IdempotencyMismatch);
        }

        if (Refused(shelf, c, r, when) is { } rightly) return Same(shelf, rightly);
        if (r is not { Status: Status.Accepted, Repeated: false, Hold: { } hold }) return null;
        var pool = shelf.Pools[c.Campaign.Value];
        if (hold.ExpiresAt < when.Earliest.AddSeconds(pool.HoldSeconds) || hold.ExpiresAt > when.Latest.AddSeconds(pool.HoldSeconds) || hold.Limit != pool.Limit) return null;
        return Hold(shelf, new ModelHold(id, hold.Generation, c.Shopper.Value, c.Campaign.Value, c.Quantity, c.Quantity, hold.ExpiresAt));
    }

    // The ladder of refusals, in the order of API.md: the first that applies must be the answer. Null: none does. Where the clock decides, and the
    // moment is not known exactly, either answer is right.
    private static bool? Refused(ModelShelf shelf, Reserve c, StockResult r, LedgerTimes when)
    {
        if (!shelf.Pools.TryGetValue(c.Campaign.Value, out var pool) || !pool.OnSale) return r.Status == Status.NotFound;
        if (when.Earliest < pool.OpensAt)
        {
            if (r.Status == Status.NotOpen) return true;
            if (when.Latest < pool.OpensAt) return false;
        }

        if (pool.Closed || when.Latest >= pool.ClosesAt)
        {
            if (r.Status == Status.Closed) return true;
            if (pool.Closed || when.Earliest >= pool.ClosesAt) return false;
        }

        if (pool.Frozen) return r.Status == Status.Frozen;
        if (shelf.PausedUntil.TryGetValue((pool.Campaign, c.Shopper.Value), out var until) && when.Earliest < until)
        {
            if (r is { Status: Status.LimitReached, RetryAfter: not null }) return true;
            if (when.Latest < until) return false;
        }

        if (shelf.Owned(pool.Campaign, c.Shopper.Value) is var owned && owned + c.Quantity > pool.Limit) return r.Status == Status.LimitReached && (r.Owned, r.Limit) == (owned, pool.Limit);
        return pool.Available < c.Quantity ? r.Status == Status.SoldOut && r.MayReturn == pool.Held > 0 : null;
    }

    /// <summary>The shelf with this hold, if there is room for it.</summary>
    public static ModelShelf? Hold(ModelShelf shelf, ModelHold hold)
    {
        var pool = shelf.Pools[hold.Campaign];
        if (pool.Available < hold.Quantity) return null;
        return shelf.With(hold).With(pool with { Available = pool.Available - hold.Quantity, Held = pool.Held + hold.Quantity });
    }

    private static ModelShelf? Confirm(ModelShelf shelf, Confirm c, StockResult r, LedgerTimes when)
    {
        var (operation, id) = (c.Operation.ToString(), c.Hold.Hold.ToString());
        if (Repeats(shelf, operation, $"confirm {id} {c.Quantity}", r) is { } repeated) return Same(shelf, repeated);
        if (!shelf.Holds.TryGetValue(id, out var hold)) return Same(shelf, r.Status == Status.NotFound);
        if (hold.Is == ModelState.Confirmed) return Same(shelf, r.Status == Status.AlreadyConfirmed);
        if (hold.Generation != c.Hold.Generation) return Same(shelf, r.Status == Status.Gone);
        if (c.Quantity > hold.Quantity) return Same(shelf, r.Status == Status.Conflict);
        if (hold.HasEnded && LateRefused(shelf, hold, c, r, when) is { } refused) return Same(shelf, refused);
        if (r is not { Status: Status.Accepted, Repeated: false, Hold: { } told }) return null;
        var held = hold.HasEnded ? Hold(shelf, hold with { Generation = told.Generation, Quantity = c.Quantity, ExpiresAt = told.ExpiresAt, Is = ModelState.Held }) : shelf;
        if (held is null) return null;
        var sold = Sell(held, held.Holds[id], c.Quantity);
        return Shows(sold.Holds[id], told) ? sold.WithDone(operation, $"confirm {id} {c.Quantity}") : null;
    }

    private static bool? LateRefused(ModelShelf shelf, ModelHold hold, Confirm c, StockResult r, LedgerTimes when)
    {
        var pool = shelf.Pools[hold.Campaign];
        if (pool.Closed || when.Earliest < pool.OpensAt || when.Latest >= pool.ClosesAt)
        {
            if (r.Status == Status.Gone) return true;
            if (pool.Closed || when.Latest < pool.OpensAt || when.Earliest >= pool.ClosesAt) return false;
        }

        if (pool.Frozen) return r.Status == Status.Frozen;
        var fits = shelf.Owned(pool.Campaign, hold.Shopper) + c.Quantity <= pool.Limit && pool.Available >= c.Quantity;
        return fits ? null : r.Status == Status.Gone;
    }

    /// <summary>The shelf after so many units of a live hold were sold; the rest is freed.</summary>
    public static ModelShelf Sell(ModelShelf shelf, ModelHold hold, int sold)
    {
        var freed = hold.Quantity - sold;
        var pool = shelf.Pools[hold.Campaign];
        var next = shelf.With(hold with { Is = ModelState.Confirmed, Sold = sold }).With(pool with { Held = pool.Held - hold.Quantity, Sold = pool.Sold + sold });
        return Free(next, hold.Campaign, freed);
    }

    /// <summary>Units can be had again: in their pool, or, once it has closed, in the general pool.</summary>
    public static ModelShelf Free(ModelShelf shelf, string campaign, long units)
    {
        if (units == 0) return shelf;
        var pool = shelf.Pools[campaign];
        return pool.Closed ? Restock(shelf, units) : shelf.With(pool with { Available = pool.Available + units });
    }

    private static ModelShelf Restock(ModelShelf shelf, long units) => shelf with { General = shelf.General + units };

    private static ModelShelf? Refund(ModelShelf shelf, Refund c, StockResult r)
    {
        var (operation, id) = (c.Operation.ToString(), c.Hold.Hold.ToString());
        if (Repeats(shelf, operation, $"refund {id} {c.Quantity} {c.Restock}", r) is { } repeated) return Same(shelf, repeated);
        if (!shelf.Holds.TryGetValue(id, out var hold) || hold.Generation != c.Hold.Generation) return Same(shelf, r.Status == Status.NotFound);
        if (hold.Is != ModelState.Confirmed || c.Quantity > hold.Sold) return Same(shelf, r.Status == Status.Conflict);
        return r is { Status: Status.Accepted, Repeated: false }
            ? TakeBack(shelf, hold, c.Quantity, c.Restock).WithDone(operation, $"refund {id} {c.Quantity} {c.Restock}")
            : null;
    }

    /// <summary>The shelf after sold units came back.</summary>
    public static ModelShelf TakeBack(ModelShelf shelf, ModelHold hold, int units, bool restock)
    {
        var pool = shelf.Pools[hold.Campaign];
        var next = shelf.With(hold with { Sold = hold.Sold - units }).With(pool with { Sold = pool.Sold - units });
        return restock ? Free(next, hold.Campaign, units) : next with { Withdrawn = next.Withdrawn + units };
    }

    private static bool? Repeats(ModelShelf shelf, string operation, string body, StockResult r) =>
        !shelf.Done.TryGetValue(operation, out var done) ? null
        : done == body ? r is { Status: Status.Accepted, Repeated: true }
        : r.Status == Status.IdempotencyMismatch;

    // What ends a hold is in the journal, at the moment of its commit; the answer must be one that can follow from it.
    private static bool Released(ModelShelf shelf, Release c, StockResult r)
    {
        var (id, generation) = (c.Hold.Hold.ToString(), c.Hold.Generation);
        if (!shelf.Holds.TryGetValue(id, out var hold) || generation > hold.Generation)
        {
            return r.Status == Status.NotFound || (r.Status == Status.Accepted && shelf.Forgotten.Contains((id, generation)));
        }

        return hold.Is == ModelState.Confirmed ? r.Status == Status.AlreadyConfirmed
            : r.Status == Status.Accepted && (generation < hold.Generation || hold.HasEnded);
    }

    private static bool Extended(ModelShelf shelf, Extend c, StockResult r)
    {
        if (!shelf.Holds.TryGetValue(c.Hold.Hold.ToString(), out var hold)) return r.Status == Status.NotFound;
        if (hold.Is == ModelState.Confirmed) return r.Status == Status.AlreadyConfirmed;
        if (hold.Is != ModelState.Held || hold.Generation != c.Hold.Generation) return r.Status == Status.Gone;
        return r is { Status: Status.Accepted, Hold: { } told } && hold.ExpiresAt >= c.ExpiresAt && Shows(hold, told);
    }

    private static bool Found(ModelShelf shelf, HoldRef wanted, HoldInfo? told)
    {
        if (!shelf.Holds.TryGetValue(wanted.Hold.ToString(), out var hold) || wanted.Generation > hold.Generation) return told is null;
        if (wanted.Generation == hold.Generation || hold.Is == ModelState.Confirmed) return told is not null && Shows(hold, told);
        return told is { State: HoldState.Expired } && told.Generation == wanted.Generation;
    }

    private static bool Shows(ModelHold hold, HoldInfo told) =>
        told.Id.ToString() == hold.Id && told.Generation == hold.Generation && told.Shopper.Value == hold.Shopper && told.Campaign.Value == hold.Campaign
        && told.ExpiresAt == hold.ExpiresAt && told.Quantity == (hold.Is == ModelState.Confirmed ? hold.Sold : hold.Quantity)
        && told.State == hold.Is switch
        {
            ModelState.Held => HoldState.Held,
            ModelState.Confirmed => HoldState.Confirmed,
            ModelState.Released => HoldState.Released,
            _ => HoldState.Expired,
        };

    private static bool Shows(ModelShelf shelf, StockView told)
    {
        if ((told.Registered, told.Received, told.Withdrawn, told.General) != (shelf.Registered, shelf.Received, shelf.Withdrawn, shelf.General)) return false;
        return told.Pools.Length == shelf.Pools.Count && told.Pools.All(p =>
            shelf.Pools.TryGetValue(p.Campaign.Value, out var pool) && (p.Available, p.Held, p.Sold) == (pool.Available, pool.Held, pool.Sold));
    }

    /// <summary>What a release whose cause was a refused claim leaves behind: the shopper is refused for a while.</summary>
    public static ModelShelf Forget(ModelShelf shelf, ModelHold hold, DateTimeOffset at) =>
        shelf.Without(hold) with { PausedUntil = shelf.PausedUntil.SetItem((hold.Campaign, hold.Shopper), at + Pause) };
}

/// <summary>Every process's ledger clock was in here.</summary>
internal readonly record struct LedgerTimes(DateTimeOffset Earliest, DateTimeOffset Latest);
