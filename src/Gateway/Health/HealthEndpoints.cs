using FlashSale.Contracts;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Health;

/// <summary><c>/health</c>: for whoever starts, stops and balances processes. Passes no stage, so that it answers under overload too.</summary>
internal sealed class HealthEndpoints(IHostStatus host, ILedgerClock clock)
{
    private static readonly Answer Live = Answer.Json(true, static (json, live) =>
    {
        json.WriteStartObject();
        json.WriteBoolean("live", live);
        json.WriteEndObject();
    });

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", http => Live.Write(http.Response));
        routes.MapGet("/health/ready", http => Ready().Write(http.Response));
    }

    private Answer Ready()
    {
        var draining = host.Draining;
        var ready = host.Ready && !draining;
        return Answer.Json((host, ready, draining, now: clock.Now), static (json, status) =>
        {
            json.WriteStartObject();
            json.WriteBoolean("ready", status.ready);
            json.WriteString("engine", status.host.Engine);
            json.WriteString("store", status.host.Store);
            json.WriteStartArray("roles");
            foreach (var role in status.host.Roles) json.WriteStringValue(role);
            json.WriteEndArray();
            json.WriteString("ledgerTime", TimeJsonConverter.Text(status.now));
            json.WriteBoolean("draining", status.draining);
            json.WriteEndObject();
        }, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }
}
