using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using Orleans;

namespace FlashSale.Gateway.Purchase;

/// <summary>
/// One purchase, from the board over the stock to the cart. Knows no HTTP and no ambient time, and once the stock was asked nothing
/// cancels it: a hold that nobody was told of is found again by a retry, or ends by itself.
/// </summary>
/// <remarks>Throws where the outcome is unknown. A refusal is a <see cref="StockResult"/>, whoever refused.</remarks>
internal sealed class PurchaseFlow(IGrainFactory grains, StockClient stock, BoardCache boards, ILedgerClock clock)
{
    /// <summary>Generations that one call may go through. More than two need a crash or a rival retry in between each.</summary>
    public const int MaxGenerations = 4;

    /// <summary>How long before the opening, and from how young a copy, the board may say that a campaign is not open.</summary>
    public static readonly TimeSpan BoardMargin = TimeSpan.FromSeconds(5);

    /// <summary>Holds units for a shopper, or gives the first answer to a hold that was granted before with this key.</summary>
    /// <returns>With <see cref="Status.Accepted"/> the hold as first promised, whatever became of it.</returns>
    public async Task<StockResult> Hold(ShopperId shopper, CampaignId campaign, Sku sku, int quantity, string key)
    {
        if (await RefusedByBoard(campaign, sku) is { } refusal) return refusal;
        var cart = grains.Cart(shopper);
        var request = new Reserve(OperationId.Of(shopper.Value, "hold", key), shopper, campaign, quantity);
        for (var generation = 0; generation < MaxGenerations; generation++)
        {
            StockResult granted;
            using (Traces.Start("stock")) granted = await stock.Reserve(sku, request);
            if (granted.Status != Status.Accepted) return granted;
            var hold = granted.Hold!;
            var live = !granted.Repeated || hold.State == HoldState.Held;
            ClaimResult claim;
            using (Traces.Start("claim")) claim = await AfterReserve(live ? cart.Claim(hold) : cart.Refuse(hold));
            switch (claim.Status)
            {
                case Status.Accepted:
                    return granted with { Hold = claim.Hold! with { State = HoldState.Held } };
                case Status.IdempotencyMismatch:
                    if (live) await Release(hold, ReleaseCause.KeyUsedElsewhere);
                    return new StockResult(Status.IdempotencyMismatch);
                case Status.LimitReached when live:
                    await Release(hold, ReleaseCause.ClaimRefused, claim.Owned);
                    return new StockResult(Status.LimitReached, Limit: claim.Limit, Owned: claim.Owned);
                default:
                    // Refused for good, now or earlier, and refusals are not remembered: only a new generation can answer this request.
                    if (live) await Release(hold, ReleaseCause.Shopper);
                    request = request with { RefusedGeneration = hold.Generation };
                    break;
            }
        }

        throw new LedgerUnavailableException($"Hold {new HoldId(request.Operation)}: each of {MaxGenerations} generations ended before it was claimed.");
    }

    /// <summary>
    /// What the board can tell for sure. It never says sold out or closed: the request may repeat an accepted one whose answer was lost,
    /// and only the ledger knows.
    /// </summary>
    private async ValueTask<StockResult?> RefusedByBoard(CampaignId campaign, Sku sku)
    {
        var copy = await boards.Look(campaign);
        if (copy is not null && !copy.Board.Knows(sku)) copy = await boards.LookAfresh(campaign); // The SKU may have just been added.
        if (copy is null || !copy.Board.Knows(sku)) return new StockResult(Status.NotFound);
        // A SKU that has left the campaign is not found whatever the time, unless there is something to repeat.
        return clock.Now + BoardMargin < copy.Board.OpensAt && boards.AgeOf(copy) < BoardMargin && copy.Board.Skus.Any(s => s.Sku == sku)
            ? new StockResult(Status.NotOpen, OpensAt: copy.Board.OpensAt)
            : null;
    }

    // The units stay with this generation until the release: a shopper who heard the refusal without it would block them.
    private async Task Release(HoldInfo hold, ReleaseCause cause, int owned = 0)
    {
        using var span = Traces.Start("release");
        await AfterReserve(grains.Stock(hold.Sku).Execute(new Release(new HoldRef(hold.Id, hold.Generation), cause, owned)));
    }

    // "Overloaded" promises that nothing happened, which is no longer true once the stock has granted units.
    private static async Task<T> AfterReserve<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (LedgerOverloadedException exception)
        {
            throw new LedgerUnavailableException("A queue was full after units had been reserved.", exception);
        }
    }
}
