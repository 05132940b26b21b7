using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Shoppers;

public sealed class HoldEndpointsTests : IAsyncLifetime
{
    private static readonly string Path = "/v1/holds/" + Sample.Hold().Id;

    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_hold_is_created() => (await _host.Hold()).AssertJson(201, $$"""
        {"id":"{{Sample.Hold().Id}}","campaign":"dunk-low","sku":"dunk-low-42","quantity":1,"state":"held","expiresAt":"2026-11-11T10:10:00.000Z"}
        """);

    [Fact]
    public async Task A_repeat_gets_the_first_answer_byte_for_byte()
    {
        var first = await _host.Hold();
        _host.Grains.Stock().OnReserve = _ => new StockResult(Status.Accepted, Sample.Hold(state: HoldState.Confirmed), Repeated: true);
        _host.Grains.Cart().OnRefuse = _ => new ClaimResult(Status.Accepted, Sample.Hold(state: HoldState.Confirmed));
        var repeat = await _host.Hold();
        Assert.Equal((first.Status, first.Body), (repeat.Status, repeat.Body));
    }

    [Theory]
    [InlineData(HoldState.Held, "held")]
    [InlineData(HoldState.Confirmed, "confirmed")]
    [InlineData(HoldState.Released, "released")]
    [InlineData(HoldState.Expired, "expired")]
    public async Task A_hold_is_shown_with_its_current_state(HoldState state, string text)
    {
        _host.Grains.Cart().OnFind = id => id == Sample.Hold().Id ? Sample.Hold(state: state) : null;
        Assert.Equal(text, (await _host.Send(HttpMethod.Get, Path, bearer: _host.Token)).AssertStatus(200).Json.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Another_shoppers_hold_is_not_found()
    {
        _host.Grains.Cart().OnFind = _ => Sample.Hold();
        (await _host.Send(HttpMethod.Get, Path, bearer: _host.TokenOf("lei"))).AssertProblem(404, "not_found");
        (await _host.Send(HttpMethod.Delete, Path, bearer: _host.TokenOf("lei"))).AssertProblem(404, "not_found");
    }

    [Theory]
    [InlineData(Status.Accepted, 204, null)]
    [InlineData(Status.NotFound, 404, "not_found")]
    [InlineData(Status.AlreadyConfirmed, 409, "already_confirmed")]
    public async Task A_hold_is_released(Status answer, int http, string? code)
    {
        _host.Grains.Cart().OnRelease = _ => answer;
        var reply = await _host.Send(HttpMethod.Delete, Path, bearer: _host.Token);
        if (code is null) Assert.Equal("", reply.AssertStatus(http).Body);
        else reply.AssertProblem(http, code);
        Assert.Equal((Sample.Hold().Id, ReleaseCause.Shopper), Assert.Single(_host.Grains.Cart().Releases));
    }

    [Theory]
    [InlineData("0123456789abcde", 400)]
    [InlineData("0123456789abcdef", 404)]
    [InlineData("0123456789abcdef0123456789abcdef", 404)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAB", 404)]
    [InlineData("----------------______", 404)]
    [InlineData("0123456789abcdef0123456789abcdef0", 400)]
    [InlineData("0123456789abcdef.0", 400)]
    public async Task An_id_of_another_form_is_bad_or_not_found(string id, int status)
    {
        (await _host.Send(HttpMethod.Get, "/v1/holds/" + id, bearer: _host.Token)).AssertProblem(status, status == 400 ? "bad_request" : "not_found");
        (await _host.Send(HttpMethod.Delete, "/v1/holds/" + id, bearer: _host.Token)).AssertProblem(status, status == 400 ? "bad_request" : "not_found");
    }

    [Fact]
    public async Task A_body_that_nobody_asked_for_is_ignored()
    {
        _host.Grains.Cart().OnRelease = _ => Status.Accepted;
        (await _host.Send(HttpMethod.Delete, Path, "not json", _host.Token)).AssertStatus(204);
    }
}
