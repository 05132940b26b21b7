using System.Diagnostics.Metrics;
using System.Net;
using FlashSale.Contracts;
using FlashSale.Testing;

namespace FlashSale.Gateway.Tests;

/// <summary>What the gateway shows of itself.</summary>
public sealed class InstrumentsTests : IAsyncLifetime
{
    private const string Attempts = "flashsale.purchase.attempts";
    private const string Refused = "flashsale.http.refused";

    private GatewayHost _host = null!;
    private Measured _measured = null!;

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.Start(("ShopperRate:Burst", "100"), ("SessionRate:Burst", "1"), ("Events:MaxClients", "1"), ("Http:MaxRequests", "1"));
        _measured = new Measured(_host.Service<IMeterFactory>());
    }

    public async Task DisposeAsync()
    {
        _measured.Dispose();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task Attempts_are_told_by_the_code_that_answered_them()
    {
        var stock = _host.Grains.Stock();
        await _host.Hold();
        stock.OnReserve = request => new StockResult(Status.Accepted, Sample.Hold(request, Sample.Sku), Repeated: true);
        await _host.Hold();
        stock.OnReserve = _ => new StockResult(Status.SoldOut);
        await _host.Hold();
        await _host.Hold();
        stock.OnReserve = _ => throw new LedgerUnavailableException("The store is away.");
        await _host.Hold();
        stock.OnReserve = _ => throw new InvalidOperationException("A bug.");
        await _host.Hold();
        await _host.Hold(campaign: "another");

        string[] codes = ["code=held", "code=internal", "code=not_found", "code=repeated", "code=sold_out", "code=unavailable"];
        Assert.Equal(codes, _measured.TagsOf(Attempts));
        Assert.Equal([1, 1, 1, 1, 2, 1], codes.Select(code => _measured.Sum(Attempts, code)));
        Assert.Equal(6, _measured.Sum("flashsale.stock.batch.size"));
    }

    [Fact]
    public async Task What_never_was_an_attempt_is_not_counted_as_one()
    {
        await _host.Hold(body: "{}");
        await _host.Send(HttpMethod.Post, "/v1/campaigns/dunk-low/holds", "{}");
        Assert.Empty(_measured.TagsOf(Attempts));
    }

    [Fact]
    public async Task Requests_that_a_bound_turns_away_are_told_by_the_bound()
    {
        await Login(HttpStatusCode.OK);
        await Login(HttpStatusCode.TooManyRequests);
        Assert.Equal(1, _measured.Sum(Refused, "bound=address_rate"));

        using var stream = await _host.Client.GetAsync(new Uri("/v1/campaigns/dunk-low/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        (await _host.Send(HttpMethod.Get, "/v1/campaigns/dunk-low/events")).AssertProblem(503, "overloaded");
        Assert.Equal(1, _measured.Sum(Refused, "bound=event_clients"));

        for (var i = 0; i < 100; i++) (await _host.Hold()).AssertStatus(201);
        (await _host.Hold()).AssertProblem(429, "rate_limited");
        Assert.Equal(1, _measured.Sum(Refused, "bound=shopper_rate"));
    }

    [Fact]
    public async Task A_crowd_that_waits_for_a_SKU_can_be_seen_and_so_can_a_full_house()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Grains.Stock().OnBatch = async batch =>
        {
            asked.TrySetResult();
            await go.Task;
            return new ReserveReply([.. batch.Select(_ => new StockResult(Status.SoldOut))]);
        };
        var waiting = _host.Hold();
        await asked.Task;
        Assert.Equal((0d, 1d), (_measured.Level("flashsale.stock.waiting"), _measured.Level("flashsale.stock.busy")));
        (await _host.Hold()).AssertProblem(503, "overloaded");
        Assert.Equal(1, _measured.Sum(Refused, "bound=requests"));
        go.SetResult();
        await waiting;
    }

    [Fact]
    public async Task Boards_and_listeners_can_be_seen()
    {
        await _host.Send(HttpMethod.Get, "/v1/campaigns/dunk-low");
        _host.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal((1d, 3d), (_measured.Level("flashsale.boards.followed"), _measured.Level("flashsale.boards.age")));

        using var stream = await _host.Client.GetAsync(new Uri("/v1/campaigns/dunk-low/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal((1d, 1d), (_measured.Level("flashsale.events.clients"), _measured.Level("flashsale.events.feeds")));
        Assert.NotNull(_measured.Level("flashsale.events.behind"));
    }

    private async Task Login(HttpStatusCode status) => (await _host.Send(HttpMethod.Post, "/v1/sessions", """{"code":"dev:li"}""")).AssertStatus((int)status);
}
