using FlashSale.Contracts;
using FlashSale.Gateway.Http;
using FlashSale.Gateway.Purchase;
using Orleans;

namespace FlashSale.Gateway.Shoppers;

/// <summary>Holds of the shopper whose token it is.</summary>
internal sealed class HoldEndpoints(PurchaseFlow flow, CampaignCounters counters, PurchaseInstruments instruments, IGrainFactory grains, ILedgerClock clock)
{
    private static readonly Problem NoHold = new(ProblemKind.NotFound, "You have no such hold.");

    public void Map(IEndpointRouteBuilder routes, Stages stages)
    {
        routes.MapPost("/v1/campaigns/{campaign}/holds", stages.Buyer(Post));
        routes.MapGet("/v1/holds/{hold}", stages.Shopper(Get));
        routes.MapDelete("/v1/holds/{hold}", stages.Shopper(Delete));
    }

    private async Task<Answer> Post(Call call)
    {
        if (!call.TryId<CampaignId>("campaign", out var campaign, out var problem)
            || !call.TryIdempotencyKey(out var key, out problem)
            || !call.TryBody(RequestJson.Default.HoldRequest, out var request, out problem)
            || !request.TryCheck(out problem)) return problem;
        using var span = PurchaseInstruments.Trace(campaign, request.Sku, request.Quantity);
        try
        {
            var result = await flow.Hold(call.Shopper, campaign, request.Sku, request.Quantity, key);
            counters.Count(campaign, result);
            instruments.Answered(result, span);
            return result.Status == Status.Accepted
                ? Answer.Json(result.Hold!, JsonParts.WriteHold, StatusCodes.Status201Created)
                : Problem.Of(result, clock.Now);
        }
        catch (Exception exception)
        {
            instruments.Failed(exception, span);
            throw;
        }
    }

    private async Task<Answer> Get(Call call)
    {
        if (!call.TryHoldId(out var id, out var problem)) return problem;
        return id is { } hold && await grains.Cart(call.Shopper).Find(hold) is { } found ? Answer.Json(found, JsonParts.WriteHold) : NoHold;
    }

    private async Task<Answer> Delete(Call call)
    {
        if (!call.TryHoldId(out var id, out var problem)) return problem;
        if (id is not { } hold) return NoHold;
        return await grains.Cart(call.Shopper).Release(hold, ReleaseCause.Shopper) switch
        {
            Status.Accepted => Answer.NoContent,
            Status.NotFound => NoHold,
            var refused => Problem.Of(refused),
        };
    }
}
