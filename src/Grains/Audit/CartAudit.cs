using System.Runtime.InteropServices;

namespace FlashSale.Grains.Audit;

/// <summary>
/// One shopper's ledger, followed after all stock. A claim is written when its grant is durable, and an end when the stock's end is, so in any
/// snapshot the stock shows at least what the cart was told. The reverse need not hold: a grant without a claim promised nothing, and an end
/// may not have reached the cart yet.
/// </summary>
internal sealed class CartAudit(string ledger, Promises promises, Names names, Generations generations)
{
    /// <summary>The stock may have forgotten how a hold ended 30 days after its campaign closed, and then says that it expired.</summary>
    private const long ForgottenMs = 28L * 24 * 60 * 60 * 1000;

    private readonly int _shopper = names.Of(ledger.AsSpan(EventTable.Cart.Length));
    private readonly Dictionary<UInt128, Claim> _claims = [];
    private readonly Dictionary<int, Count> _counts = [];

    public void Event(in JournalRow row, Payload e)
    {
        switch ((Event)row.Type)
        {
            case Audit.Event.Claimed: Claimed(row.Place, e); break;
            case Audit.Event.ClaimRefused: Refused(row.Place, e); break;
            case Audit.Event.ClaimEnded: Ended(row, e); break;
        }
    }

    /// <summary>
    /// The ledger is at its end: what the stock says of the claimed generations. A cart frees a claim only after the stock did, so the truth
    /// of any moment is at most what the cart counted.
    /// </summary>
    public void End()
    {
        Dictionary<int, long> owned = [];
        foreach (var claim in _claims.Values)
        {
            if (claim.Index < 0) continue;
            ref readonly var g = ref generations[claim.Index];
            CollectionsMarshal.GetValueRefOrAddDefault(owned, g.Campaign, out _) +=
                g.State switch { Standing.Held => g.Quantity, Standing.Confirmed => g.Sold - g.Refunded, _ => 0 };
        }

        foreach (var (campaign, units) in owned)
        {
            var limit = _counts.GetValueOrDefault(campaign)?.LimitMost ?? 0;
            promises.P5.Expect(
                units <= limit, new Place(ledger, 0), $"{units} units of campaign {names[campaign]} are held or bought by claims, the limit was at most {limit}");
        }
    }

    private void Claimed(Place place, Payload e)
    {
        var p3 = promises.P3;
        p3.Expect(e.Shopper == _shopper, place, $"a claim of shopper {names[e.Shopper]}");
        var index = generations.Find(e.Sku, e.Hold, e.Generation);
        if (p3.Expect(index >= 0, place, $"the claim is of generation {e.Generation} in {names[e.Sku]}, which the stock never granted"))
        {
            CheckClaim(place, e, ref generations[index]);
        }

        var count = CountOf(e.Campaign);
        if (_claims.TryGetValue(e.Hold, out var before))
        {
            p3.Expect(before.Sku == e.Sku, place, $"one hold id is claimed in {names[before.Sku]} and {names[e.Sku]}");
            p3.Expect(
                e.Generation > before.Generation && index >= 0 && generations[index].Grant is Grant.Late or Grant.AfterForgetting,
                place,
                $"generations {before.Generation} and {e.Generation} of one hold are claimed");
            CountOf(before.Campaign).Units -= before.Counted;
        }

        _claims[e.Hold] = new Claim(e.Sku, e.Generation, e.Campaign, index, e.Quantity);
        count.Units += e.Quantity;
        count.LimitMost = Math.Max(count.LimitMost, e.Limit);
        CheckLimit(place, e.Campaign, count.Units, e.Limit);
    }

    private void CheckClaim(Place place, Payload e, ref Generation g)
    {
        var p3 = promises.P3;
        p3.Expect(!g.Claimed, place, $"generation {g.Seq} in {names[e.Sku]} is claimed twice");
        p3.Expect(!g.Refused, place, $"generation {g.Seq} in {names[e.Sku]} is claimed and refused");
        g.Claimed = true;
        p3.Expect(
            g.Shopper == e.Shopper && g.Campaign == e.Campaign,
            place,
            $"generation {g.Seq} was granted to {names[g.Shopper]} in {names[g.Campaign]}, claimed by {names[e.Shopper]} in {names[e.Campaign]}");
        p3.Expect(
            g.Limit == e.Limit && g.Amount == e.Price.Amount && g.Currency == e.Price.Currency,
            place,
            $"generation {g.Seq} has limit {g.Limit} and price {g.Amount} {names[g.Currency]}, its claim {e.Limit} and {e.Price.Amount} {names[e.Price.Currency]}");
        // As first answered, or as it stood when a retry asked.
        p3.Expect(
            e.ExpiresAt >= g.ExpiresAt && e.ExpiresAt <= g.EndsAt,
            place,
            $"generation {g.Seq} was to end at {g.ExpiresAt}, or {g.EndsAt}, its claim says {e.ExpiresAt}");
        p3.Expect(
            (e.State == Standing.Held && e.Quantity == g.Quantity) || (e.State == Standing.Confirmed && IsSold(g, e.Quantity)),
            place,
            $"generation {g.Seq} holds {g.Quantity} and sold {g.Sold} units, its claim is of {e.Quantity} {e.State}");
    }

    private void Refused(Place place, Payload e)
    {
        var p3 = promises.P3;
        var index = generations.Find(e.Sku, e.Hold, e.Generation);
        if (!p3.Expect(index >= 0, place, $"the refusal is of generation {e.Generation} in {names[e.Sku]}, which the stock never granted")) return;
        ref var g = ref generations[index];
        p3.Expect(g.Shopper == _shopper && g.Campaign == e.Campaign, place, $"the refusal is of a hold of {names[g.Shopper]} in {names[g.Campaign]}");
        p3.Expect(!g.Refused, place, $"generation {g.Seq} in {names[e.Sku]} is refused twice");
        p3.Expect(!g.Claimed, place, $"generation {g.Seq} in {names[e.Sku]} is claimed and refused");
        g.Refused = true;
    }

    private void Ended(in JournalRow row, Payload e)
    {
        var p3 = promises.P3;
        var isClaimed = _claims.TryGetValue(e.Hold, out var claim) && claim.Generation == e.Generation;
        if (!p3.Expect(isClaimed, row.Place, $"the end is of generation {e.Generation}, which is not claimed")) return;
        if (claim.Index >= 0) CheckEnd(row, e, generations[claim.Index]);

        var count = CountOf(claim.Campaign);
        count.Units -= claim.Counted;
        claim = claim with { Counted = e.State is Standing.Held or Standing.Confirmed ? e.Quantity : 0 };
        count.Units += claim.Counted;
        _claims[e.Hold] = claim;
        CheckLimit(row.Place, claim.Campaign, count.Units, count.LimitMost);
    }

    private void CheckEnd(in JournalRow row, Payload e, in Generation g)
    {
        var isTrue = e.State switch
        {
            Standing.Confirmed => g.State == Standing.Confirmed && IsSold(g, e.Quantity),
            Standing.Released or Standing.Expired => g.State is Standing.Released or Standing.Expired && IsToldRight(row.At, e, g),
            _ => false,
        };
        promises.P3.Expect(
            isTrue, row.Place, $"the cart was told {e.State} of {e.Quantity}; in the stock generation {g.Seq} is {g.State}, {g.Quantity} held, {g.Sold} sold");
    }

    // Of a generation that a newer one replaced, and of one long forgotten, the stock only says that it is over.
    private static bool IsToldRight(long at, Payload e, in Generation g) =>
        g.Superseded || (e.Quantity == g.Quantity && (e.State == g.State || at - g.EndedAt >= ForgottenMs));

    // A number that was true at some moment: refunds lower it.
    private static bool IsSold(in Generation g, long quantity) => quantity <= g.Sold && quantity >= Math.Max(g.Sold - g.Refunded, 0);

    private void CheckLimit(Place place, int campaign, long units, long limit) =>
        promises.P5.Expect(units <= limit, place, $"{units} units of campaign {names[campaign]} are claimed or bought, the limit is {limit}");

    private Count CountOf(int campaign)
    {
        if (!_counts.TryGetValue(campaign, out var count)) _counts[campaign] = count = new Count();
        return count;
    }

    private readonly record struct Claim(int Sku, long Generation, int Campaign, int Index, long Counted);

    private sealed class Count
    {
        public long Units { get; set; }

        public long LimitMost { get; set; }
    }
}
