using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Http;
using FlashSale.Gateway.Shoppers;
using Orleans;

namespace FlashSale.Gateway.Operators;

/// <summary><c>/v1/admin/campaigns</c>.</summary>
internal sealed class CampaignAdminEndpoints(IGrainFactory grains, CampaignCounters counters, BoardCache boards, CampaignList list, ILedgerClock clock)
{
    private static readonly Problem NoCampaign = new(ProblemKind.NotFound, "There is no such campaign: make it by PUT /v1/admin/campaigns/{id}.");
    private static readonly Problem NameTaken = Problem.BadRequest("The campaign must not be called general: that is the name of the general pool.");

    public void Map(IEndpointRouteBuilder routes, Stages stages)
    {
        routes.MapPut("/v1/admin/campaigns/{campaign}", stages.OperatorWithBody(Put));
        routes.MapGet("/v1/admin/campaigns/{campaign}", stages.Operator(Get));
        routes.MapGet("/v1/admin/campaigns", stages.Operator(GetAll));
        routes.MapPost("/v1/admin/campaigns/{campaign}/freeze", stages.Operator(call => Change(call, CampaignAction.Freeze)));
        routes.MapPost("/v1/admin/campaigns/{campaign}/resume", stages.Operator(call => Change(call, CampaignAction.Resume)));
        routes.MapPost("/v1/admin/campaigns/{campaign}/close", stages.Operator(call => Change(call, CampaignAction.Close)));
    }

    private async Task<Answer> Put(Call call)
    {
        if (!call.TryId<CampaignId>("campaign", out var campaign, out var problem)) return problem;
        if (campaign.Value == SkuEndpoints.GeneralPool) return NameTaken;
        if (!call.TryBody(RequestJson.Default.CampaignRequest, out var request, out problem)
            || !request.TryCheck(out var config, out problem)) return problem;
        return await Of(campaign, await grains.Campaign(campaign).Configure(config));
    }

    private async Task<Answer> Get(Call call)
    {
        if (!call.TryId<CampaignId>("campaign", out var campaign, out var problem)) return problem;
        return await grains.Campaign(campaign).View() is { } view ? Answer.Json(view, Write) : NoCampaign;
    }

    private Task<Answer> GetAll(Call call) =>
        Pages.Read<CampaignId, CampaignView>(call, grains, LedgerKind.Campaign, "campaigns", id => grains.Campaign(id).View(), Write);

    private async Task<Answer> Change(Call call, CampaignAction action)
    {
        if (!call.TryId<CampaignId>("campaign", out var campaign, out var problem)) return problem;
        return await Of(campaign, await grains.Campaign(campaign).Change(action));
    }

    private async Task<Answer> Of(CampaignId campaign, CampaignResult result)
    {
        if (result.Status != Status.Accepted) return result is { Status: Status.NotFound, Detail: null } ? NoCampaign : Problem.Of(result.Status, result.Detail);
        await Show(campaign);
        return Answer.Json(result.View!, Write);
    }

    // Whoever looks here after the operator was answered sees the change; shoppers of other gateways see it a moment later.
    private async Task Show(CampaignId campaign)
    {
        list.Forget();
        try
        {
            await boards.LookAfresh(campaign);
        }
        catch (Exception)
        {
            // It has happened, whether it can be looked at or not; the long poll brings it.
        }
    }

    private void Write(Utf8JsonWriter json, CampaignView view)
    {
        var config = view.Config;
        json.WriteStartObject();
        json.WriteString("id", view.Id.Value);
        json.WriteString("name", config.Name);
        json.WriteString("mode", config.Mode);
        json.WriteString("opensAt", TimeJsonConverter.Text(config.OpensAt));
        json.WriteString("closesAt", TimeJsonConverter.Text(config.ClosesAt));
        json.WriteNumber("limitPerShopper", config.LimitPerShopper);
        json.WriteNumber("holdSeconds", config.HoldSeconds);
        json.WriteString("state", CampaignState.Of(view, clock.Now));
        json.WriteNumber("version", view.Version);
        json.WriteStartArray("skus");
        foreach (var sku in config.Skus)
        {
            var pool = view.Pools.FirstOrDefault(p => p.Sku == sku.Sku)?.Pool;
            json.WriteStartObject();
            json.WriteString("sku", sku.Sku.Value);
            json.WriteNumber("units", pool?.Units ?? sku.Units);
            SkuEndpoints.WriteFigures(json, pool?.Available ?? 0, pool?.Held ?? 0, pool?.Sold ?? 0);
            if (sku.Price is not null) json.WritePrice("price", sku.Price);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WritePropertyName("counters");
        counters.Write(json, view.Id);
        json.WriteEndObject();
    }
}
