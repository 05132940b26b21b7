using FlashSale.Contracts;
using FlashSale.Gateway.Http;
using Orleans;

namespace FlashSale.Gateway.Operators;

/// <summary>What operators do for single shoppers, and the audit.</summary>
internal sealed class SupportEndpoints(IGrainFactory grains)
{
    private static readonly Problem NoHold = new(ProblemKind.NotFound, "This shopper has no such hold.");

    public void Map(IEndpointRouteBuilder routes, Stages stages)
    {
        routes.MapGet("/v1/admin/shoppers/{shopper}/holds", stages.Operator(GetHolds));
        routes.MapDelete("/v1/admin/holds/{shopper}/{hold}", stages.Operator(Release));
        routes.MapGet("/v1/admin/audit", stages.OperatorAtLeisure(Audit));
    }

    private async Task<Answer> GetHolds(Call call)
    {
        if (!call.TryId<ShopperId>("shopper", out var shopper, out var problem)) return problem;
        return Answer.Json(await grains.Cart(shopper).Holds(), static (json, holds) =>
        {
            json.WriteStartObject();
            json.WriteStartArray("holds");
            foreach (var hold in holds) JsonParts.WriteHold(json, hold);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task<Answer> Release(Call call)
    {
        if (!call.TryId<ShopperId>("shopper", out var shopper, out var problem) || !call.TryHoldId(out var id, out problem)) return problem;
        if (id is not { } hold) return NoHold;
        return await grains.Cart(shopper).Release(hold, ReleaseCause.Operator) switch
        {
            Status.Accepted => Answer.NoContent,
            Status.NotFound => NoHold,
            var refused => Problem.Of(refused),
        };
    }

    private async Task<Answer> Audit(Call call) => Answer.Json(await grains.Journal().Audit(), static (json, report) =>
    {
        json.WriteStartObject();
        json.WriteBoolean("holds", report.Holds);
        json.WriteStartArray("promises");
        foreach (var promise in report.Promises)
        {
            json.WriteStartObject();
            json.WriteString("id", promise.Id);
            json.WriteBoolean("holds", promise.Holds);
            json.WriteNumber("checked", promise.Checked);
            json.WriteString("detail", promise.Detail);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("skus");
        foreach (var sku in report.Skus)
        {
            json.WriteStartObject();
            json.WriteString("sku", sku.Sku);
            json.WriteNumber("received", sku.Received);
            SkuEndpoints.WriteFigures(json, sku.Available, sku.Held, sku.Sold);
            json.WriteNumber("withdrawn", sku.Withdrawn);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });
}
