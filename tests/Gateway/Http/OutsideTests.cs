using System.Net;
using System.Net.Sockets;
using System.Text;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Tests.Http;

/// <summary>What stands between the gateway and the world: addresses, proxies, pages of other origins, slow senders.</summary>
public sealed class OutsideTests
{
    private const string Login = """{"code":"dev:mei"}""";

    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    public void Addresses_of_one_owner_share_a_bucket(string one, string other, bool same) =>
        Assert.Equal(same, AddressRate.KeyOf(IPAddress.Parse(one)) == AddressRate.KeyOf(IPAddress.Parse(other)));

    [Fact]
    public async Task Log_ins_of_an_address_are_limited_and_other_calls_are_not()
    {
        await using var host = await GatewayHost.Start(("SessionRate:PermitsPerSecond", "10"), ("SessionRate:Burst", "2"));
        for (var i = 0; i < 2; i++) (await LogIn(host)).AssertStatus(200);
        Assert.Equal(100, (await LogIn(host)).AssertProblem(429, "rate_limited").Json.GetProperty("retryAfterMs").GetInt32());
        (await host.Send(HttpMethod.Get, "/v1/campaigns/dunk-low")).AssertStatus(200);
        (await LogIn(host, "203.0.113.7")).AssertProblem(429, "rate_limited"); // Nobody is believed who is no configured proxy.
        host.Time.Advance(TimeSpan.FromMilliseconds(100));
        (await LogIn(host)).AssertStatus(200);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.1, 127.0.0.0/8")]
    public async Task Behind_a_configured_proxy_the_clients_address_counts_and_what_the_client_claims_does_not(string proxies)
    {
        await using var host = await GatewayHost.Start(("SessionRate:PermitsPerSecond", "1"), ("SessionRate:Burst", "1"), ("Proxies", proxies));
        (await LogIn(host, "203.0.113.7")).AssertStatus(200);
        (await LogIn(host, "203.0.113.7")).AssertProblem(429, "rate_limited");
        (await LogIn(host, "198.51.100.1, 203.0.113.7")).AssertProblem(429, "rate_limited");
        (await LogIn(host, "203.0.113.8")).AssertStatus(200);
    }

    [Theory]
    [InlineData("GET", "/v1/campaigns/dunk-low", "https://shop.example", true)]
    [InlineData("POST", "/v1/campaigns/dunk-low/holds", "https://shop.example", true)]
    [InlineData("POST", "/v1/campaigns/dunk-low/holds", "https://evil.example", false)]
    [InlineData("PUT", "/v1/admin/skus/a", "https://shop.example", false)]
    [InlineData("PUT", "/v1/admin/skus/a", "https://desk.example", true)]
    public async Task A_preflight_is_answered_without_token_for_the_origins_configured(string method, string path, string origin, bool allowed)
    {
        await using var host = await GatewayHost.Start(("Cors:Origins", "https://shop.example"), ("Cors:OperatorOrigins:0", "https://desk.example"));
        var reply = await host.Send(HttpMethod.Options, path, adjust: request =>
        {
            request.Headers.Add("Origin", origin);
            request.Headers.Add("Access-Control-Request-Method", method);
            request.Headers.Add("Access-Control-Request-Headers", "authorization,idempotency-key,content-type,if-none-match,last-event-id");
        });
        reply.AssertStatus(204);
        Assert.Equal(allowed, reply.Headers.TryGetValues("Access-Control-Allow-Origin", out var origins) && origins.Single() == origin);
        if (allowed && method != "GET") Assert.Contains(method, reply.Headers.GetValues("Access-Control-Allow-Methods").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_and_errors_are_readable_for_the_page_and_without_configuration_nobody_is_let_in()
    {
        await using var host = await GatewayHost.Start(("Cors:Origins", "*"));
        foreach (var path in new[] { "/v1/campaigns/dunk-low", "/v1/campaigns/nowhere" })
        {
            var reply = await host.Send(HttpMethod.Get, path, adjust: request => request.Headers.Add("Origin", "https://any.example"));
            Assert.Equal("*", reply.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal("ETag,Retry-After", reply.Headers.GetValues("Access-Control-Expose-Headers").Single());
        }

        await using var closed = await GatewayHost.Start();
        var preflight = await closed.Send(HttpMethod.Options, "/v1/campaigns", adjust: request =>
        {
            request.Headers.Add("Origin", "https://any.example");
            request.Headers.Add("Access-Control-Request-Method", "GET");
        });
        preflight.AssertProblem(405, "method_not_allowed");
        Assert.False(preflight.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_body_that_takes_too_long_is_refused_and_the_connection_closed()
    {
        await using var host = await GatewayHost.Start(("Http:BodyTimeoutSeconds", "7"));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, host.Client.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes("POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"));
        var answer = ReadUntil(new StreamReader(client.GetStream()), "}");
        while (!answer.IsCompleted)
        {
            host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.StartsWith("HTTP/1.1 400 ", await answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close", await answer, StringComparison.Ordinal);
        Assert.Contains("within 7 s", await answer, StringComparison.Ordinal);
        Assert.Empty(host.Bugs.Errors);
    }

    // What comes after the answer may be a reset, since the rest of the body was never taken.
    private static async Task<string> ReadUntil(StreamReader reader, string end)
    {
        var text = new StringBuilder();
        var buffer = new char[1024];
        while (!text.ToString().EndsWith(end, StringComparison.Ordinal)) text.Append(buffer, 0, await reader.ReadAsync(buffer));
        return text.ToString();
    }

    private static Task<Reply> LogIn(GatewayHost host, string? forwardedFor = null) => host.Send(HttpMethod.Post, "/v1/sessions", Login, adjust: request =>
    {
        if (forwardedFor is not null) request.Headers.Add("X-Forwarded-For", forwardedFor);
    });
}
