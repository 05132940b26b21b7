using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Operators;

public sealed class CampaignAdminEndpointsTests : IAsyncLifetime
{
    private const string Path = "/v1/admin/campaigns/dunk-low";

    private const string Body = """
        {"name":"Dunk Low","mode":"flow","opensAt":"2026-11-11T17:59:00+08:00","closesAt":"2026-11-11T11:00:00.0009Z","limitPerShopper":1,"holdSeconds":600,
        "skus":[{"sku":"dunk-low-42","units":500},{"sku":"dunk-low-43","units":0,"price":{"amount":1,"currency":"EUR"}}]}
        """;

    private const string ViewJson = """
        {"id":"dunk-low","name":"Dunk Low","mode":"flow","opensAt":"2026-11-11T09:59:00.000Z","closesAt":"2026-11-11T11:00:00.000Z","limitPerShopper":1,"holdSeconds":600,
        "state":"open","version":7,"skus":[{"sku":"dunk-low-42","units":500,"available":380,"held":100,"sold":20}],"counters":{"held":0,"refused":{}}}
        """;

    private GatewayHost _host = null!;

    private FakeCampaign Campaign => _host.Grains.Campaign();

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_campaign_is_configured()
    {
        Campaign.OnConfigure = _ => new CampaignResult(Status.Accepted, Sample.View);
        (await _host.AsOperator(HttpMethod.Put, Path, Body)).AssertJson(200, ViewJson);
        var config = Assert.Single(Campaign.Configured);
        Assert.Equal(
            Sample.Config with { Skus = default },
            config with { Skus = default });
        Assert.Equal([new CampaignSku(Sample.Sku, 500, null), new CampaignSku(new Sku("dunk-low-43"), 0, new Money(1, "EUR"))], config.Skus.AsEnumerable());
    }

    [Theory]
    [InlineData(Status.Conflict, 409, "conflict", "dunk-low-42 has only 3 units.")]
    [InlineData(Status.NotFound, 404, "not_found", "There is no SKU dunk-low-42.")]
    public async Task A_configuration_is_refused_with_its_reason(Status status, int http, string code, string detail)
    {
        Campaign.OnConfigure = _ => new CampaignResult(status, Detail: detail);
        Assert.Equal(detail, (await _host.AsOperator(HttpMethod.Put, Path, Body)).AssertProblem(http, code).Detail);
    }

    [Fact]
    public async Task No_campaign_is_called_like_the_general_pool() =>
        (await _host.AsOperator(HttpMethod.Put, "/v1/admin/campaigns/general", Body)).AssertProblem(400, "bad_request");

    [Fact]
    public async Task A_campaign_is_shown_with_the_price_that_differs()
    {
        (await _host.AsOperator(HttpMethod.Get, Path)).AssertJson(200, ViewJson);
        Campaign.Current = Sample.View with { Config = Sample.Config with { Skus = [new CampaignSku(Sample.Sku, 500, Sample.Price)] } };
        Assert.Equal(79900, (await _host.AsOperator(HttpMethod.Get, Path)).Json.GetProperty("skus")[0].GetProperty("price").GetProperty("amount").GetInt32());
    }

    [Fact]
    public async Task An_unknown_campaign_is_not_found()
    {
        (await _host.AsOperator(HttpMethod.Get, "/v1/admin/campaigns/nowhere")).AssertProblem(404, "not_found");
        (await _host.AsOperator(HttpMethod.Post, "/v1/admin/campaigns/nowhere/close")).AssertProblem(404, "not_found");
    }

    [Fact]
    public async Task Counters_tell_what_this_process_answered()
    {
        await _host.Hold("k1");
        await _host.Hold("k2");
        _host.Grains.Stock().OnReserve = _ => new StockResult(Status.Accepted, Sample.Hold(), Repeated: true);
        await _host.Hold("k1");
        _host.Grains.Stock().OnReserve = _ => new StockResult(Status.SoldOut);
        for (var i = 0; i < 3; i++) await _host.Hold("k3");
        _host.Grains.Cart().OnClaim = _ => new ClaimResult(Status.LimitReached, Limit: 1, Owned: 1);
        _host.Grains.Stock().OnReserve = _ => new StockResult(Status.Accepted, Sample.Hold());
        await _host.Hold("k4");
        await _host.Hold("k5", campaign: "nowhere");
        var counters = (await _host.AsOperator(HttpMethod.Get, Path)).Json.GetProperty("counters");
        Assert.Equal("""{"held":2,"refused":{"limit_reached":1,"sold_out":3}}""", counters.GetRawText());
    }

    [Theory]
    [InlineData("freeze", CampaignAction.Freeze)]
    [InlineData("resume", CampaignAction.Resume)]
    [InlineData("close", CampaignAction.Close)]
    public async Task A_campaign_is_changed(string verb, CampaignAction action)
    {
        Campaign.OnChange = _ => new CampaignResult(Status.Accepted, Sample.View);
        (await _host.AsOperator(HttpMethod.Post, $"{Path}/{verb}")).AssertJson(200, ViewJson);
        Assert.Equal(action, Assert.Single(Campaign.Actions));
        Campaign.OnChange = _ => new CampaignResult(Status.Conflict, Detail: "It is closed.");
        Assert.Equal("It is closed.", (await _host.AsOperator(HttpMethod.Post, $"{Path}/{verb}", "ignored")).AssertProblem(409, "conflict").Detail);
    }

    [Fact]
    public async Task What_an_operator_changed_is_seen_here_at_once()
    {
        var board = Sample.Board;
        Campaign.OnWatch = known => known == 0 ? Task.FromResult<CampaignBoard?>(board) : new TaskCompletionSource<CampaignBoard?>().Task; // The long poll brings nothing.
        Assert.Equal("open", await State());
        Campaign.OnChange = _ =>
        {
            board = board with { Version = 8, Frozen = true };
            return new CampaignResult(Status.Accepted, Sample.View);
        };
        await _host.AsOperator(HttpMethod.Post, $"{Path}/freeze");
        Assert.Equal("frozen", await State());

        async Task<string?> State() => (await _host.Send(HttpMethod.Get, "/v1/campaigns/dunk-low")).Json.GetProperty("state").GetString();
    }

    [Fact]
    public async Task A_campaign_made_here_is_listed_at_once()
    {
        Assert.Equal(0, await Listed());
        Campaign.OnConfigure = _ =>
        {
            _host.Grains.Journal.Ids = ["dunk-low"];
            return new CampaignResult(Status.Accepted, Sample.View);
        };
        await _host.AsOperator(HttpMethod.Put, Path, Body);
        Assert.Equal(1, await Listed());

        async Task<int> Listed() => (await _host.Send(HttpMethod.Get, "/v1/campaigns")).Json.GetProperty("campaigns").GetArrayLength();
    }

    [Fact]
    public async Task A_change_whose_board_cannot_be_looked_at_has_happened()
    {
        Campaign.OnWatch = _ => throw new TimeoutException("It was not answered.");
        Campaign.OnChange = _ => new CampaignResult(Status.Accepted, Sample.View);
        (await _host.AsOperator(HttpMethod.Post, $"{Path}/freeze")).AssertJson(200, ViewJson);
    }

    [Fact]
    public async Task Campaigns_are_listed()
    {
        _host.Grains.Journal.Ids = ["dunk-low", "undone"];
        var json = (await _host.AsOperator(HttpMethod.Get, "/v1/admin/campaigns")).AssertStatus(200).Json;
        Assert.Equal(ViewJson.ReplaceLineEndings(""), Assert.Single(json.GetProperty("campaigns").EnumerateArray()).GetRawText());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, json.GetProperty("next").ValueKind);
    }
}
