namespace FlashSale.Gateway.Tests.Health;

public sealed class HealthEndpointsTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Live_says_that_the_process_is_up_whatever_else()
    {
        _host.Status.Ready = false;
        (await _host.Send(HttpMethod.Get, "/health/live")).AssertJson(200, """{"live":true}""");
    }

    [Theory]
    [InlineData(true, false, 200)]
    [InlineData(false, false, 503)]
    [InlineData(true, true, 503)]
    public async Task Ready_says_whether_a_purchase_can_be_taken(bool ready, bool draining, int status)
    {
        (_host.Status.Ready, _host.Status.Draining) = (ready, draining);
        (await _host.Send(HttpMethod.Get, "/health/ready")).AssertJson(status, $$"""
            {"ready":{{(status == 200 ? "true" : "false")}},"engine":"Embedded 1.0","store":"Sqlite 3.50.4 synchronous=FULL","roles":["silo","gateway"],
            "ledgerTime":"2026-11-11T10:00:00.000Z","draining":{{(draining ? "true" : "false")}}}
            """);
    }
}
