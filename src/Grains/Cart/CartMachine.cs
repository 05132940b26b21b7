using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using CartDecision = FlashSale.Grains.Ledger.Decision<FlashSale.Contracts.ClaimResult, FlashSale.Grains.Cart.CartEvent>;

namespace FlashSale.Grains.Cart;

/// <summary>
/// The rules of one shopper's claims: which holds count, and whether they stay within the limit over all SKUs of a campaign. Answers are
/// final per generation. A claim ends only by a fact that the stock told, never by a clock.
/// </summary>
internal sealed class CartMachine : IMachine<CartState, CartCommand, ClaimResult, CartEvent>
{
    private static readonly ClaimResult Mismatch = new(Status.IdempotencyMismatch);
    private static readonly ClaimResult Gone = new(Status.Gone);

    public CartState Initial(string key) => new();

    public CartDecision Decide(CartState state, CartCommand command, DateTimeOffset now) => command switch
    {
        ClaimHold c => Claim(state, c),
        RefuseHold c => Refuse(state, c.Hold),
        EndClaim c => End(state, c),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "No rule for this command."),
    };

    private static CartDecision Claim(CartState state, ClaimHold c)
    {
        var hold = c.Hold;
        // Without this a refusal that a client has heard turns into a grant that nobody knows of.
        if (state.Refusals.TryGetValue(KeyOf(hold), out var refusal)) return Answer(refusal);

        if (state.Claims.TryGetValue(hold.Id, out var claim))
        {
            // Without this one key buys in two SKUs, or in two campaigns.
            if (IsOfAnother(claim, hold)) return Refused(hold, Status.IdempotencyMismatch, owned: 0);
            if (claim.Generation >= hold.Generation) return new ClaimResult(Status.Accepted, claim.Hold);
        }

        // Without this shoppers exceed the limit by spreading over SKUs or gateways.
        var owned = state.Owned(hold.Campaign, except: hold.Id);
        if (owned + hold.Quantity > hold.Limit)
        {
            // Nobody tells the cart that a hold has expired: without asking first, a limit that is free again is refused for good.
            return c.Asked ? Refused(hold, Status.LimitReached, owned) : new ClaimResult(Status.LimitReached, Limit: hold.Limit, Owned: owned);
        }

        return new CartDecision(new ClaimResult(Status.Accepted, claim?.Hold ?? hold), [new Claimed(hold) { Operation = hold.Id.Operation }]);
    }

    private static CartDecision Refuse(CartState state, HoldInfo hold)
    {
        if (state.Claims.TryGetValue(hold.Id, out var claim))
        {
            return IsOfAnother(claim, hold) ? Mismatch : new ClaimResult(Status.Accepted, claim.Hold);
        }

        if (state.Refusals.TryGetValue(KeyOf(hold), out var refusal)) return Answer(refusal);

        // Without this a claim still under way makes a promise of a hold that the stock is about to grant anew.
        return Refused(hold, Status.Gone, owned: 0);
    }

    private static CartDecision End(CartState state, EndClaim c)
    {
        if (!state.Claims.TryGetValue(c.Hold.Hold, out var claim) || claim.Generation != c.Hold.Generation) return Gone;
        var accepted = new ClaimResult(Status.Accepted, claim.Hold);
        if (!IsNews(claim, c)) return accepted;
        return new CartDecision(accepted, [new ClaimEnded(c.Hold.Hold, c.Hold.Generation, c.State, c.Quantity)]);
    }

    // Answers of the stock may overtake each other. What was bought is never un-bought by one, and a refund only lowers it.
    private static bool IsNews(Claim claim, EndClaim c) => claim.State switch
    {
        HoldState.Held => true,
        HoldState.Confirmed => c.State == HoldState.Confirmed && c.Quantity < claim.Quantity,
        _ => c.State == HoldState.Confirmed, // A late payment took units anew.
    };

    private static bool IsOfAnother(Claim claim, HoldInfo hold) => claim.Hold.Sku != hold.Sku || claim.Hold.Campaign != hold.Campaign;

    private static CartDecision Refused(HoldInfo hold, Status status, int owned)
    {
        var e = new ClaimRefused(hold.Id, hold.Sku, hold.Generation, hold.Campaign, status, hold.Limit, owned) { Operation = hold.Id.Operation };
        return new CartDecision(Answer(e), [e]);
    }

    private static ClaimResult Answer(ClaimRefused refusal) => new(refusal.Status, Hold: null, refusal.Limit, refusal.Owned);

    private static ClaimKey KeyOf(HoldInfo hold) => new(hold.Id, hold.Sku, hold.Generation);

    public CartState Apply(CartState state, CartEvent e, EventStamp stamp) => e switch
    {
        Claimed c => state with
        {
            Claims = state.Claims.SetItem(c.Hold.Id, new Claim(
                state.Claims.TryGetValue(c.Hold.Id, out var first) ? first.Hold : c.Hold, c.Hold.Generation, c.Hold.Quantity, HoldState.Held)),
        },
        ClaimRefused r => state with { Refusals = state.Refusals.SetItem(new ClaimKey(r.Hold, r.Sku, r.Generation), r) },
        ClaimEnded c => state with { Claims = state.Claims.SetItem(c.Hold, state.Claims[c.Hold] with { State = c.State, Quantity = c.Quantity }) },
        _ => throw new ArgumentOutOfRangeException(nameof(e), e.GetType().Name, "No fold for this event."),
    };
}
