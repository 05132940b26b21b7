using System.Runtime.InteropServices;

namespace FlashSale.Grains.Audit;

/// <content>Grants and their ends.</content>
internal sealed partial class StockAudit
{
    /// <summary>For how long a repeated operation has one effect (DESIGN.md, P3).</summary>
    private const long RememberedMs = 30L * 24 * 60 * 60 * 1000;

    private Pool Held(in JournalRow row, Payload e)
    {
        var pool = PoolOf(e.Campaign);
        var isLate = !row.HasOperation;
        CheckWindow(row, pool, isLate);
        _promises.P4.Expect(
            e.ExpiresAt == row.At + (pool.HoldSeconds * 1000), row.Place, $"a hold of {pool.HoldSeconds} s has {e.ExpiresAt - row.At} ms");
        _promises.P5.Expect(e.Limit == pool.Limit, row.Place, $"the hold records limit {e.Limit}, the pool's is {pool.Limit}");
        var owned = Owns(pool, e.Shopper, e.Quantity);
        _promises.P5.Expect(owned <= e.Limit, row.Place, $"shopper {_names[e.Shopper]} has {owned} units of pool {_names[e.Campaign]}, the limit is {e.Limit}");
        if (!isLate) _promises.P3.Expect(Adjustments.ParseOperation(row.Operation) == e.Hold, row.Place, $"the hold's id is not its operation");
        var grant = CheckGrant(row, e, isLate);
        if (isLate) _late = row.Place.Seq;
        _newest[e.Hold] = _generations.Add(new Generation
        {
            Hold = e.Hold,
            Seq = row.Place.Seq,
            At = row.At,
            ExpiresAt = e.ExpiresAt,
            EndsAt = e.ExpiresAt,
            Amount = e.Price.Amount,
            Currency = e.Price.Currency,
            Shopper = e.Shopper,
            Campaign = e.Campaign,
            Quantity = (int)e.Quantity,
            Limit = (int)e.Limit,
            State = Standing.Held,
            Grant = grant,
        });
        Add(pool, available: -e.Quantity, held: e.Quantity);
        return pool;
    }

    // A late confirm may come from a pool that was taken off sale, but not from a closed or frozen one.
    private void CheckWindow(in JournalRow row, Pool pool, bool isLate)
    {
        var p6 = _promises.P6;
        var name = pool.Campaign;
        p6.Expect(pool.Version > 0, row.Place, $"units are held of pool {_names[name]}, which was never configured");
        p6.Expect(row.At >= pool.OpensAt, row.Place, $"units are held {pool.OpensAt - row.At} ms before pool {_names[name]} opens");
        p6.Expect(row.At < pool.ClosesAt, row.Place, $"units are held {row.At - pool.ClosesAt} ms after pool {_names[name]} was to close");
        p6.Expect(pool.ClosedAt is null, row.Place, $"units are held of the closed pool {_names[name]}");
        p6.Expect(!pool.Frozen, row.Place, $"units are held of the frozen pool {_names[name]}");
        p6.Expect(pool.OnSale || isLate, row.Place, $"units are held of pool {_names[name]}, which is not on sale");
    }

    private Grant CheckGrant(in JournalRow row, Payload e, bool isLate)
    {
        var p3 = _promises.P3;
        if (!_newest.TryGetValue(e.Hold, out var index))
        {
            p3.Expect(!isLate, row.Place, $"a hold that no operation asked for");
            return Grant.First;
        }

        ref var before = ref _generations[index];
        before.Superseded = true;
        p3.Expect(before.Shopper == e.Shopper, row.Place, $"the hold of shopper {_names[before.Shopper]} is granted to {_names[e.Shopper]}");
        p3.Expect(
            before.State is Standing.Released or Standing.Expired, row.Place, $"the hold is granted again while generation {before.Seq} is {before.State}");
        if (isLate) return Grant.Late;
        if (PoolOf(before.Campaign).ClosedAt + RememberedMs < row.At) return Grant.AfterForgetting;
        _generations.RequireRefusal(index, row.Place, "the hold is granted again");
        return Grant.AfterRefusal;
    }

    private void CheckLate(Place place, bool holds)
    {
        _promises.P3.Expect(holds, place, $"grant {_late} has no operation and is not confirmed by the next event");
        _late = 0;
    }

    // The operation of a grant is its hold; all others are remembered by themselves.
    private void CheckOperation(in JournalRow row, Event type)
    {
        if (type is not (Audit.Event.Received or Audit.Event.Withdrawn or Audit.Event.WithdrawalGivenUp or Audit.Event.Confirmed or Audit.Event.Refunded)) return;
        if (!_promises.P3.Expect(row.HasOperation, row.Place, $"{type} without an operation")) return;
        ref var at = ref CollectionsMarshal.GetValueRefOrAddDefault(_operations, Adjustments.ParseOperation(row.Operation), out var isKnown);
        _promises.P3.Expect(!isKnown || at + RememberedMs < row.At, row.Place, $"the operation of this {type} has had an effect before");
        at = row.At;
    }

    private void Extended(in JournalRow row, Payload e)
    {
        var index = Find(row.Place, e);
        if (index < 0) return;
        ref var g = ref _generations[index];
        _promises.P3.Expect(g.State == Standing.Held, row.Place, $"generation {g.Seq} is extended, but it is {g.State}");
        _promises.P4.Expect(e.ExpiresAt > g.EndsAt, row.Place, $"generation {g.Seq} is made shorter by {g.EndsAt - e.ExpiresAt} ms");
        g.EndsAt = e.ExpiresAt;
    }

    private Pool? Ended(in JournalRow row, Payload e, Standing state, long sold, long freed)
    {
        var index = Find(row.Place, e);
        if (index < 0) return null;
        ref var g = ref _generations[index];
        _promises.P3.Expect(g.State == Standing.Held, row.Place, $"generation {g.Seq} ends as {state}, but it was {g.State} already");
        _promises.P3.Expect(sold + freed == g.Quantity, row.Place, $"generation {g.Seq} holds {g.Quantity} units, its end is about {sold + freed}");
        if (state == Standing.Expired) CheckExpiry(row, g);
        if (row.Type == (long)Audit.Event.Released && e.CartRefused) _generations.RequireRefusal(index, row.Place, "released as refused by the cart");

        var pool = PoolOf(g.Campaign);
        Add(pool, held: -g.Quantity, sold: sold);
        Free(pool, freed);
        Owns(pool, g.Shopper, -freed);
        (g.State, g.Sold, g.EndedAt) = (state, (int)sold, row.At);
        return pool;
    }

    private void CheckExpiry(in JournalRow row, in Generation g)
    {
        _promises.P4.Expect(row.At >= g.EndsAt, row.Place, $"generation {g.Seq} expires {g.EndsAt - row.At} ms too early");
        _promises.LatenessMost = Math.Max(_promises.LatenessMost, row.At - g.EndsAt);
    }

    private Pool? Refunded(in JournalRow row, Payload e)
    {
        var index = Find(row.Place, e);
        if (index < 0) return null;
        ref var g = ref _generations[index];
        _promises.P3.Expect(g.State == Standing.Confirmed, row.Place, $"generation {g.Seq} is refunded, but it is {g.State}");
        g.Refunded += (int)e.Quantity;
        _promises.P1.Expect(g.Refunded <= g.Sold, row.Place, $"{g.Refunded} of the {g.Sold} units that generation {g.Seq} sold are refunded");

        var pool = PoolOf(g.Campaign);
        Add(pool, sold: -e.Quantity);
        Owns(pool, g.Shopper, -e.Quantity);
        if (e.Restock) Free(pool, e.Quantity);
        else _sum = _sum with { Withdrawn = _sum.Withdrawn + e.Quantity };
        return pool;
    }

    private int Find(Place place, Payload e)
    {
        var index = _generations.Find(e.Hold, e.Generation);
        _promises.P3.Expect(index >= 0, place, $"there is no generation {e.Generation} of this hold");
        return index;
    }

    private static long Owns(Pool pool, int shopper, long more)
    {
        ref var units = ref CollectionsMarshal.GetValueRefOrAddDefault(pool.Owned, shopper, out _);
        return units += more;
    }
}
