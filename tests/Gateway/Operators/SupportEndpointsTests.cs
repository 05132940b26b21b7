using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Operators;

public sealed class SupportEndpointsTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_shoppers_holds_are_shown()
    {
        (await _host.AsOperator(HttpMethod.Get, "/v1/admin/shoppers/mei/holds")).AssertJson(200, """{"holds":[]}""");
        _host.Grains.Cart().All = [Sample.Hold(state: HoldState.Confirmed)];
        (await _host.AsOperator(HttpMethod.Get, "/v1/admin/shoppers/mei/holds")).AssertJson(200, $$"""
            {"holds":[{"id":"{{Sample.Hold().Id}}","campaign":"dunk-low","sku":"dunk-low-42","quantity":1,"state":"confirmed","expiresAt":"2026-11-11T10:10:00.000Z"}]}
            """);
    }

    [Theory]
    [InlineData(Status.Accepted, 204, null)]
    [InlineData(Status.NotFound, 404, "not_found")]
    [InlineData(Status.AlreadyConfirmed, 409, "already_confirmed")]
    public async Task An_operator_releases_a_hold(Status answer, int http, string? code)
    {
        _host.Grains.Cart().OnRelease = _ => answer;
        var reply = await _host.AsOperator(HttpMethod.Delete, $"/v1/admin/holds/mei/{Sample.Hold().Id}");
        if (code is null) reply.AssertStatus(http);
        else reply.AssertProblem(http, code);
        Assert.Equal((Sample.Hold().Id, ReleaseCause.Operator), Assert.Single(_host.Grains.Cart().Releases));
    }

    [Theory]
    [InlineData("mei/short", 400)]
    [InlineData("m.i/0123456789abcdef", 400)]
    [InlineData("mei/0123456789abcdef", 404)]
    public async Task A_hold_of_another_form_is_bad_or_not_found(string path, int status) =>
        (await _host.AsOperator(HttpMethod.Delete, "/v1/admin/holds/" + path)).AssertProblem(status, status == 400 ? "bad_request" : "not_found");

    [Fact]
    public async Task The_audit_tells_each_promise()
    {
        _host.Grains.Journal.OnAudit = () => Task.FromResult(new AuditReport([new AuditedPromise("P1", true, 812, "sums"), new AuditedPromise("P3", false, 4, "twice")], [new AuditedSku("shoe", 5, 1, 2, 1, 1)]));
        (await _host.AsOperator(HttpMethod.Get, "/v1/admin/audit")).AssertJson(200, """
            {"holds":false,"promises":[{"id":"P1","holds":true,"checked":812,"detail":"sums"},{"id":"P3","holds":false,"checked":4,"detail":"twice"}],"skus":[{"sku":"shoe","received":5,"available":1,"held":2,"sold":1,"withdrawn":1}]}
            """);
    }
}
