using System.Text;
using FlashSale.Gateway.Sessions;

namespace FlashSale.Gateway.Tests.Sessions;

public sealed class SessionEndpointsTests
{
    [Fact]
    public async Task A_dev_code_logs_in_as_its_name()
    {
        await using var host = await GatewayHost.Start();
        var reply = await host.Send(HttpMethod.Post, "/v1/sessions", """{"code":"dev:lei"}""");
        Assert.Equal(("lei", "2026-11-12T10:00:00.000Z"), (reply.Json.GetProperty("shopper").GetString(), reply.Json.GetProperty("expiresAt").GetString()));
        var token = reply.Json.GetProperty("token").GetString();
        (await host.Send(HttpMethod.Get, "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", bearer: token)).AssertProblem(404, "not_found");
        host.Time.Advance(TimeSpan.FromHours(24));
        (await host.Send(HttpMethod.Get, "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", bearer: token)).AssertProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task A_session_lives_as_long_as_configured()
    {
        await using var host = await GatewayHost.Start(("SessionHours", "2"));
        var reply = await host.Send(HttpMethod.Post, "/v1/sessions", """{"code":"dev:lei"}""");
        Assert.Equal("2026-11-11T12:00:00.000Z", reply.Json.GetProperty("expiresAt").GetString());
    }

    [Fact]
    public async Task A_token_signed_with_the_previous_key_still_works()
    {
        await using var host = await GatewayHost.Start(("TokenKeyPrevious", "key-before-the-rotation"));
        var token = SessionToken.Make(Encoding.ASCII.GetBytes("key-before-the-rotation"), Sample.Shopper, Sample.Start.AddHours(1));
        (await host.Send(HttpMethod.Get, "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", bearer: token)).AssertProblem(404, "not_found");
    }

    [Theory]
    [InlineData("")]
    [InlineData("mei")]
    [InlineData("dev:")]
    [InlineData("dev:a b")]
    [InlineData("DEV:mei")]
    public async Task A_code_of_another_form_is_a_bad_request(string code)
    {
        await using var host = await GatewayHost.Start();
        (await host.Send(HttpMethod.Post, "/v1/sessions", $$"""{"code":"{{code}}"}""")).AssertProblem(400, "bad_request");
    }
}
