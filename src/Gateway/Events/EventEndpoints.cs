using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Events;

/// <summary>
/// <c>/v1/campaigns/{id}/events</c>: the board as server-sent events, once at connect and at each change, which includes those that time alone brings.
/// </summary>
/// <remarks>
/// With more than 500 listeners to a campaign, changes that follow each other within 0.2 ms a listener, at most 2 s, come as one event.
/// An event's id names what the board shows. Each event is the whole board, so a client that comes back with <c>Last-Event-ID</c> has missed
/// nothing that matters and just gets the present one. A closed campaign's stream ends after its last board; a client that comes back having seen that is
/// answered 204, upon which an <c>EventSource</c> stays away.
/// </remarks>
internal sealed class EventEndpoints(BoardCache boards, EventHub hub, HttpInstruments instruments)
{
    private const string ClosedId = "-" + CampaignState.Closed;

    private static readonly Problem NoCampaign = new(ProblemKind.NotFound, "There is no such campaign.");
    private static readonly Problem Full = new(ProblemKind.Overloaded, "Too many clients listen; poll GET /v1/campaigns/{id} meanwhile.") { RetryAfterMs = 5000 };

    public void Map(IEndpointRouteBuilder routes, Stages stages) => routes.MapGet("/v1/campaigns/{campaign}/events", stages.Listener(Listen));

    private async Task<Answer> Listen(Call call)
    {
        if (hub.TryEnter() is not { } client)
        {
            instruments.EventClients();
            return Full;
        }

        var answer = await Find(call, client);
        if (answer != client) client.Dispose();
        return answer;
    }

    private async Task<Answer> Find(Call call, EventClient client)
    {
        try
        {
            if (!call.TryId<CampaignId>("campaign", out var campaign, out var problem)) return problem;
            if (await boards.Look(campaign) is not { } copy) return NoCampaign;
            var seen = call.Http.Request.Headers["Last-Event-ID"].ToString();
            if (seen.EndsWith(ClosedId, StringComparison.Ordinal) && hub.IsClosed(copy)) return Answer.NoContent;
            client.Follow(hub.FeedOf(copy, client));
            return client;
        }
        catch
        {
            client.Dispose();
            throw;
        }
    }
}
