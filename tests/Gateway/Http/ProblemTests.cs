using FlashSale.Contracts;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Tests.Http;

/// <summary>What stock and cart refuse, as a client hears it.</summary>
public sealed class ProblemTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public void Every_status_but_accepted_has_a_code() =>
        Assert.All(Enum.GetValues<Status>().Except([Status.Accepted]), status => Assert.NotEmpty(ProblemKind.Of(status).Code));

    [Fact]
    public void Accepted_is_no_problem() => Assert.Throws<ArgumentOutOfRangeException>(() => ProblemKind.Of(Status.Accepted));

    [Theory]
    [InlineData(Status.NotFound, 404, "not_found")]
    [InlineData(Status.IdempotencyMismatch, 422, "idempotency_mismatch")]
    [InlineData(Status.NotEligible, 403, "not_eligible")]
    [InlineData(Status.AdmissionRequired, 403, "admission_required")]
    [InlineData(Status.NotOpen, 409, "not_open")]
    [InlineData(Status.Closed, 409, "closed")]
    [InlineData(Status.Frozen, 409, "frozen")]
    [InlineData(Status.LimitReached, 409, "limit_reached")]
    [InlineData(Status.SoldOut, 409, "sold_out")]
    [InlineData(Status.Overloaded, 503, "overloaded")]
    [InlineData(Status.Gone, 409, "gone")]
    [InlineData(Status.AlreadyConfirmed, 409, "already_confirmed")]
    [InlineData(Status.Conflict, 409, "conflict")]
    public async Task A_refusal_by_the_stock_has_one_code(Status status, int http, string code)
    {
        _host.Grains.Stock().OnReserve = _ => new StockResult(status, OpensAt: Sample.Start.AddSeconds(2));
        (await _host.Hold()).AssertProblem(http, code);
    }

    [Fact]
    public async Task Not_open_says_when_and_what_time_it_is()
    {
        _host.Grains.Stock().OnReserve = _ => new StockResult(Status.NotOpen, OpensAt: Sample.Start.AddMilliseconds(2500));
        var reply = await _host.Hold();
        Assert.Equal("2026-11-11T10:00:02.500Z", reply.Json.GetProperty("opensAt").GetString());
        Assert.Equal("2026-11-11T10:00:00.000Z", reply.Json.GetProperty("serverTime").GetString());
        Assert.Equal(2500, reply.Json.GetProperty("retryAfterMs").GetInt32());
        Assert.Equal(TimeSpan.FromSeconds(3), reply.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Limit_reached_says_the_limit_and_what_the_shopper_owns()
    {
        _host.Grains.Cart().OnClaim = _ => new ClaimResult(Status.LimitReached, Limit: 2, Owned: 1);
        var reply = (await _host.Hold()).AssertProblem(409, "limit_reached");
        Assert.Equal((2, 1), (reply.Json.GetProperty("limit").GetInt32(), reply.Json.GetProperty("owned").GetInt32()));
        Assert.Null(reply.Headers.RetryAfter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Sold_out_says_whether_units_may_return(bool mayReturn)
    {
        _host.Grains.Stock().OnReserve = _ => new StockResult(Status.SoldOut, MayReturn: mayReturn);
        var reply = (await _host.Hold()).AssertProblem(409, "sold_out");
        Assert.Equal(mayReturn, reply.Json.GetProperty("mayReturn").GetBoolean());
        Assert.Equal(mayReturn, reply.Headers.RetryAfter is not null);
    }

    public static TheoryData<string, int, string> Failures => new()
    {
        { nameof(LedgerUnavailableException), 503, "unavailable" },
        { nameof(LedgerOverloadedException), 503, "overloaded" },
        { nameof(TimeoutException), 503, "unavailable" },
        { nameof(TaskCanceledException), 503, "unavailable" },
        { nameof(InvalidOperationException), 500, "internal" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failed_call_is_unavailable_overloaded_or_a_bug(string failure, int http, string code)
    {
        _host.Grains.Stock().OnReserve = _ => throw failure switch
        {
            nameof(LedgerUnavailableException) => new LedgerUnavailableException("fenced"),
            nameof(LedgerOverloadedException) => new LedgerOverloadedException("full"),
            nameof(TimeoutException) => new TimeoutException(),
            nameof(TaskCanceledException) => new TaskCanceledException(),
            _ => new InvalidOperationException("secret details"),
        };
        var reply = (await _host.Hold()).AssertProblem(http, code);
        Assert.Equal(http == 503, reply.Headers.RetryAfter is not null);
        Assert.DoesNotContain("secret", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bug_is_logged_once_and_a_store_that_is_down_is_not()
    {
        _host.Grains.Stock().OnReserve = _ => throw new LedgerUnavailableException("down");
        (await _host.Hold()).AssertProblem(503, "unavailable");
        Assert.Empty(_host.Bugs.Errors);
        _host.Grains.Stock().OnReserve = _ => throw new InvalidOperationException("a bug");
        (await _host.Hold()).AssertProblem(500, "internal");
        Assert.Contains("POST /v1/campaigns/dunk-low/holds", Assert.Single(_host.Bugs.Errors), StringComparison.Ordinal);
    }
}
