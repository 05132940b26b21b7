using FlashSale.Contracts;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Sessions;

/// <summary><c>/v1/sessions</c>. Not there at all where no way to log in is configured.</summary>
internal sealed class SessionEndpoints(SessionTokens tokens, GatewayOptions options)
{
    private const string DevPrefix = "dev:";

    public void Map(IEndpointRouteBuilder routes, Stages stages)
    {
        if (options.Login == Login.Dev) routes.MapPost("/v1/sessions", stages.NewcomerWithBody(LogInAsAnybody));
    }

    private Task<Answer> LogInAsAnybody(Call call) => Task.FromResult(LogIn(call));

    private Answer LogIn(Call call)
    {
        if (!call.TryBody(RequestJson.Default.SessionRequest, out var request, out var problem)) return problem;
        if (!request.Code.StartsWith(DevPrefix, StringComparison.Ordinal) || !ShopperId.TryParse(request.Code[DevPrefix.Length..], out var shopper))
            return Problem.BadRequest("The member \"code\" must be dev: and a name of 1 to 64 characters of A-Z, a-z, 0-9, _ and -.");
        var (token, expiresAt) = tokens.Make(shopper);
        return Answer.Json((token, shopper, expiresAt), static (json, session) =>
        {
            json.WriteStartObject();
            json.WriteString("token", session.token);
            json.WriteString("shopper", session.shopper.Value);
            json.WriteString("expiresAt", TimeJsonConverter.Text(session.expiresAt));
            json.WriteEndObject();
        });
    }
}
