using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using Orleans;

namespace FlashSale.Grains.Cart;

/// <summary>One shopper's claims. Whether a hold has ended it asks the stock; the rules are in <see cref="CartMachine"/>.</summary>
internal sealed class CartGrain(LedgerEngine engine) : LedgerGrain<CartState, CartCommand, ClaimResult, CartEvent>(engine, Kind), ICartGrain
{
    public static readonly LedgerKindOf<CartState, CartCommand, ClaimResult, CartEvent> Kind =
        new("cart/", new CartMachine(), CartCodec.Events, CartCodec.Snapshots) { Entries = static state => state.Claims.Count };

    public async Task<ClaimResult> Claim(HoldInfo hold)
    {
        var claimed = await Ledger.Execute(new ClaimHold(hold, Asked: false));
        if (claimed.Status != Status.LimitReached) return claimed;
        await AskStock(hold.Campaign);
        return await Ledger.Execute(new ClaimHold(hold, Asked: true));
    }

    public Task<ClaimResult> Refuse(HoldInfo hold) => Ledger.Execute(new RefuseHold(hold));

    public async Task<HoldInfo?> Find(HoldId hold) => (await Show(c => c.Hold.Id == hold)).FirstOrDefault();

    public async Task<ImmutableArray<HoldInfo>> Holds()
    {
        var holds = await Show(c => c.Counted > 0);
        return [.. holds.Where(h => h.State is HoldState.Held or HoldState.Confirmed)];
    }

    public async Task<Status> Release(HoldId hold, ReleaseCause cause)
    {
        var claims = await Ledger.Read((state, _) => state.Claims.GetValueOrDefault(hold));
        if (claims is not { } claim) return Status.NotFound;

        // Stock first, then cart: whatever keeps the second from happening, the question in Claim repairs it.
        var released = await GrainFactory.Stock(claim.Hold.Sku).Execute(new Release(claim.Ref, cause));
        if (released.Status == Status.AlreadyConfirmed) return released.Status;
        try
        {
            // A claimed hold that the stock no longer knows has ended long ago.
            await Learn(claim, released.Hold?.State ?? HoldState.Expired, claim.Quantity);
        }
        catch (Exception error) when (error is LedgerUnavailableException or LedgerOverloadedException)
        {
            // The release itself is durable.
        }

        return Status.Accepted;
    }

    private async Task<ImmutableArray<HoldInfo>> Show(Func<Claim, bool> which)
    {
        var claims = await Ledger.Read((state, _) => state.Claims.Values.Where(which).OrderBy(c => c.Generation).ToArray());
        var found = await Task.WhenAll(claims.GroupBy(c => c.Hold.Sku).Select(FindInStock));
        return [.. found.SelectMany(f => f).Select(f => f.Info)];
    }

    private async Task AskStock(CampaignId campaign)
    {
        var counted = await Ledger.Read((state, _) => state.Claims.Values.Where(c => c.Counted > 0 && c.Hold.Campaign == campaign).ToArray());
        foreach (var found in await Task.WhenAll(counted.GroupBy(c => c.Hold.Sku).Select(FindInStock)))
        {
            foreach (var (claim, info) in found)
            {
                // Units that a late payment took anew are of a generation that this cart has not claimed: the one it knows has ended.
                await Learn(claim, info.Generation == claim.Generation ? info.State : HoldState.Expired, info.Quantity);
            }
        }
    }

    private async Task<IEnumerable<(Claim Claim, HoldInfo Info)>> FindInStock(IGrouping<Sku, Claim> claims)
    {
        var asked = claims.ToArray();
        var answers = await GrainFactory.Stock(claims.Key).Find([.. asked.Select(c => c.Ref)]);
        // A claim of a hold that the stock has forgotten is of a campaign that closed long ago.
        return asked.Select((c, i) => (c, answers[i] ?? c.Hold with { State = c.State == HoldState.Held ? HoldState.Expired : c.State }));
    }

    // What is no news writes nothing.
    private Task Learn(Claim claim, HoldState state, int quantity) =>
        state == HoldState.Held ? Task.CompletedTask : Ledger.Execute(new EndClaim(claim.Ref, state, quantity));
}
