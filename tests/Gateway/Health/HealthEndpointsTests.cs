using System.Net;
using FlashSale.Contracts;
using FlashSale.Gateway.Health;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

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

    [Fact]
    public async Task A_process_without_the_gateway_serves_health_and_needs_no_keys()
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services
            .AddSingleton<ILedgerClock>(new FakeLedgerClock(_host.Time))
            .AddSingleton<IHostStatus>(_host.Status)
            .AddHealth(builder.Configuration, builder.Environment);
        await using var silo = builder.Build().MapHealth();
        await silo.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(silo.Urls.Single()) };

        Assert.Contains("\"ready\":true", await client.GetStringAsync(new Uri("/health/ready", UriKind.Relative)), StringComparison.Ordinal);
        using var other = await client.GetAsync(new Uri("/v1/campaigns", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
        Assert.Contains("\"code\":\"not_found\"", await other.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
