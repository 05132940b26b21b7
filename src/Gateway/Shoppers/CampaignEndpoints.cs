using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Shoppers;

/// <summary><c>/v1/campaigns</c>: what is on sale, for everybody.</summary>
internal sealed class CampaignEndpoints(BoardCache boards, CampaignList list, ILedgerClock clock, TimeProvider time)
{
    private static readonly Problem NoCampaign = new(ProblemKind.NotFound, "There is no such campaign.");

    public void Map(IEndpointRouteBuilder routes, Stages stages)
    {
        routes.MapGet("/v1/campaigns", stages.Anyone(GetAll));
        routes.MapGet("/v1/campaigns/{campaign}", stages.Anyone(Get));
    }

    private async Task<Answer> Get(Call call)
    {
        if (!call.TryId<CampaignId>("campaign", out var campaign, out var problem)) return problem;
        if (await boards.Look(campaign) is not { } copy) return NoCampaign;
        var moment = Moment(copy);
        var etag = moment.ETag;
        call.Http.Response.Headers.ETag = etag;
        // A cache that asks with the ETag by itself would hand out an old serverTime as new.
        call.Http.Response.Headers.CacheControl = "no-store";
        return call.Knows(etag) ? Answer.NotModified : Answer.Json(moment, BoardJson.Write);
    }

    private async Task<Answer> GetAll(Call call) => Answer.Json((await list.Read()).Select(Moment), static (json, moments) =>
    {
        json.WriteStartObject();
        json.WriteStartArray("campaigns");
        foreach (var moment in moments) BoardJson.Write(json, moment);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private BoardMoment Moment(BoardCopy copy) => BoardMoment.Of(copy, clock.Now, time.GetTimestamp());
}
