using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Http;

/// <summary>The stages of API.md: each of its errors, and for two that apply at once, that the earlier one wins.</summary>
public sealed class StagesTests : IAsyncLifetime
{
    private const string Holds = "/v1/campaigns/dunk-low/holds";

    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start(("Http:MaxRequests", "1"), ("ShopperRate:Burst", "3"));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("POST", "/v1/nothing")]
    [InlineData("GET", "/v1/campaigns//holds")]
    [InlineData("GET", "/v1/admin/skus/a/b/c")]
    public async Task No_such_route(string method, string path) =>
        (await _host.Send(new HttpMethod(method), path)).AssertProblem(404, "not_found");

    [Theory]
    [InlineData("GET", Holds, "POST")]
    [InlineData("PUT", "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", "DELETE, GET")]
    [InlineData("POST", "/health/live", "GET")]
    public async Task No_such_method_on_this_route(string method, string path, string allow)
    {
        var reply = (await _host.Send(new HttpMethod(method), path)).AssertProblem(405, "method_not_allowed");
        Assert.Equal(allow, string.Join(", ", reply.ContentHeaders.Allow.Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Too_large_comes_before_unauthenticated(bool chunked)
    {
        var reply = await _host.Send(HttpMethod.Post, Holds, new string('x', (16 * 1024) + 1), adjust: request => request.Headers.TransferEncodingChunked = chunked);
        reply.AssertProblem(413, "too_large");
    }

    [Fact]
    public async Task A_body_of_exactly_the_limit_is_read()
    {
        const string json = """{"sku":"dunk-low-42","quantity":1}""";
        (await _host.Hold(body: json.PadRight(16 * 1024))).AssertStatus(201);
        Assert.Single(_host.Grains.Stock().Requests);
    }

    [Fact]
    public async Task Operators_may_send_more()
    {
        (await _host.AsOperator(HttpMethod.Put, "/v1/admin/skus/a", "{}".PadRight(256 * 1024))).AssertProblem(400, "bad_request");
        (await _host.AsOperator(HttpMethod.Put, "/v1/admin/skus/a", "{}".PadRight((256 * 1024) + 1))).AssertProblem(413, "too_large");
    }

    [Fact]
    public async Task Overloaded_comes_before_unauthenticated_and_after_too_large()
    {
        await WhileFull(async () =>
        {
            var reply = (await _host.Send(HttpMethod.Post, Holds, "{}")).AssertProblem(503, "overloaded");
            Assert.Equal(1000, reply.Json.GetProperty("retryAfterMs").GetInt32());
            Assert.Equal(TimeSpan.FromSeconds(1), reply.Headers.RetryAfter?.Delta);
            (await _host.Send(HttpMethod.Post, Holds, new string('x', 20_000))).AssertProblem(413, "too_large");
        });
        (await _host.Send(HttpMethod.Post, Holds, "{}")).AssertProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Operators_and_health_get_through_a_full_house() => await WhileFull(async () =>
    {
        (await _host.AsOperator(HttpMethod.Get, "/v1/admin/campaigns/dunk-low")).AssertStatus(200);
        (await _host.Send(HttpMethod.Get, "/health/live")).AssertStatus(200);
        (await _host.Send(HttpMethod.Get, "/health/ready")).AssertStatus(200);
    });

    public static TheoryData<string?> BadCredentials => new(
        null, "Bearer", "Bearer ", "Bearer nonsense", "Basic bWVpOg==", $"Bearer {GatewayHost.AdminKey}x", "Bearer Ω");

    [Theory]
    [MemberData(nameof(BadCredentials))]
    public async Task Unauthenticated(string? authorization)
    {
        foreach (var path in new[] { "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", "/v1/admin/skus" })
        {
            var reply = await _host.Send(HttpMethod.Get, path, adjust: request =>
            {
                if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            });
            if (authorization?.Contains('Ω', StringComparison.Ordinal) == true && reply.Body.Length == 0) continue; // Kestrel's own 400.
            reply.AssertProblem(401, "unauthenticated");
            Assert.Equal("Bearer", reply.Headers.WwwAuthenticate.ToString());
        }
    }

    [Fact]
    public async Task Keys_and_tokens_do_not_stand_in_for_each_other()
    {
        (await _host.Send(HttpMethod.Get, "/v1/admin/skus", bearer: _host.Token)).AssertProblem(401, "unauthenticated");
        (await _host.Send(HttpMethod.Get, "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", bearer: GatewayHost.AdminKey)).AssertProblem(401, "unauthenticated");
    }

    [Fact]
    public async Task Unauthenticated_comes_before_syntax() =>
        (await _host.Send(HttpMethod.Post, Holds, "{", adjust: request => request.Content!.Headers.ContentType = null)).AssertProblem(401, "unauthenticated");

    [Fact]
    public async Task Rate_limited_comes_before_media_type_and_only_for_the_shopper_who_asks_too_often()
    {
        for (var i = 0; i < 3; i++) (await _host.Hold("k" + i)).AssertStatus(201);
        var reply = (await _host.Send(HttpMethod.Post, Holds, "{", _host.Token, adjust: request => request.Content!.Headers.ContentType = null))
            .AssertProblem(429, "rate_limited");
        Assert.Equal(100, reply.Json.GetProperty("retryAfterMs").GetInt32());
        Assert.Equal(TimeSpan.FromSeconds(1), reply.Headers.RetryAfter?.Delta);
        (await _host.Send(HttpMethod.Get, "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", bearer: _host.TokenOf("lei"))).AssertProblem(404, "not_found");
        _host.Time.Advance(TimeSpan.FromMilliseconds(100));
        (await _host.Hold("k4")).AssertStatus(201);
    }

    public static TheoryData<string?, string?> OtherMediaTypes => new()
    {
        { null, null }, { "text/plain", null }, { "application/jsonp", null }, { "application/problem+json", null },
        { "application/json; charset=iso-8859-1", null }, { "nonsense", null }, { "application/json", "gzip" },
    };

    [Theory]
    [MemberData(nameof(OtherMediaTypes))]
    public async Task Unsupported_media_type_comes_before_bad_request(string? type, string? encoding)
    {
        var reply = await _host.Send(HttpMethod.Post, Holds, "{", _host.Token, adjust: request =>
        {
            request.Content!.Headers.ContentType = null;
            if (type is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            if (encoding is not null) request.Content.Headers.TryAddWithoutValidation("Content-Encoding", encoding);
        });
        reply.AssertProblem(415, "unsupported_media_type");
    }

    [Theory]
    [InlineData("application/json; charset=utf-8")]
    [InlineData("Application/JSON;charset=\"UTF-8\"")]
    public async Task Json_in_UTF_8_is_taken_however_it_is_spelled(string type) =>
        (await _host.Send(HttpMethod.Post, Holds, """{"sku":"dunk-low-42","quantity":1}""", _host.Token, "k1", request =>
        {
            request.Content!.Headers.ContentType = null;
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        })).AssertStatus(201);

    [Fact]
    public async Task Bad_request_comes_before_not_found() =>
        (await _host.Hold(body: "{}", campaign: "nowhere")).AssertProblem(400, "bad_request");

    [Fact]
    public async Task Not_found_comes_before_the_stock_is_asked()
    {
        (await _host.Hold(campaign: "nowhere")).AssertProblem(404, "not_found");
        (await _host.Hold(body: """{"sku":"else","quantity":1}""")).AssertProblem(404, "not_found");
        Assert.Empty(_host.Grains.Stock("else").Batches);
    }

    [Fact]
    public async Task A_body_that_ends_early_or_is_chunked_wrongly_is_a_bad_request_and_no_bug()
    {
        Assert.Contains("bad_request", await _host.SendRaw($"""
            POST {Holds} HTTP/1.1
            Host: localhost
            Transfer-Encoding: chunked

            nonsense

            """), StringComparison.Ordinal);
        Assert.Empty(_host.Bugs.Errors);
    }

    [Theory]
    [InlineData(2, true, 201, 3)]
    [InlineData(3, true, 503, 3)]
    [InlineData(1, false, 503, 1)]
    public async Task A_call_that_lost_its_ledger_to_another_process_is_repeated_twice_and_one_of_unknown_outcome_never(int failures, bool fenced, int status, int tries)
    {
        var asked = 0;
        _host.Grains.Cart().OnClaim = hold => ++asked <= failures
            ? throw new LedgerUnavailableException("lost") { Fenced = fenced }
            : new ClaimResult(Status.Accepted, hold);
        (await _host.Hold()).AssertStatus(status);
        Assert.Equal(tries, asked);
    }

    [Fact]
    public async Task A_queue_that_is_full_at_a_repetition_is_not_told_as_nothing_happened()
    {
        _host.Grains.Cart().OnClaim = _ => throw new LedgerUnavailableException("lost") { Fenced = true };
        var stock = _host.Grains.Stock();
        var grants = stock.OnReserve;
        stock.OnReserve = request => stock.Requests.Count() > 1 ? throw new LedgerOverloadedException("full") : grants(request);
        (await _host.Hold()).AssertProblem(503, "unavailable");

        (await _host.Hold(key: "another")).AssertProblem(503, "overloaded"); // Here nothing did.
    }

    [Fact]
    public async Task A_client_that_leaves_does_not_stop_the_purchase()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Grains.Stock().OnBatch = async batch =>
        {
            asked.SetResult();
            await answer.Task;
            return new ReserveReply([.. batch.Select(_host.Grains.Stock().OnReserve)]);
        };
        var hold = _host.Hold();
        await asked.Task;
        _host.Client.CancelPendingRequests();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hold);
        answer.SetResult();
        await _host.Grains.Cart().Claimed.Task;
        Assert.Empty(_host.Bugs.Errors);
    }

    /// <summary>Runs while one purchase waits for the stock and so takes the only place in the house.</summary>
    private async Task WhileFull(Func<Task> act)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Grains.Stock().OnBatch = async batch =>
        {
            asked.SetResult();
            await answer.Task;
            return new ReserveReply([.. batch.Select(_host.Grains.Stock().OnReserve)]);
        };
        var hold = _host.Hold();
        await asked.Task;
        await act();
        answer.SetResult();
        (await hold).AssertStatus(201);
    }
}
