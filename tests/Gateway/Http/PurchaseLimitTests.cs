using FlashSale.Gateway.Http;
using FlashSale.Testing;

namespace FlashSale.Gateway.Tests.Http;

/// <summary>Whoever is let in is answered in time; all others hear so at once.</summary>
public sealed class PurchaseLimitTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void While_purchases_are_quick_all_bounds_but_the_last_are_open()
    {
        var limit = Make();
        Decide(limit, 1000, each: TimeSpan.FromMilliseconds(20));
        Assert.Equal(20_000, limit.Limit);
        for (var i = 0; i < 20_000; i++) Assert.True(limit.TryEnter());
        Assert.False(limit.TryEnter());
    }

    [Fact]
    public void A_full_house_takes_no_more_than_it_decides_within_the_target()
    {
        var limit = Make();
        Enter(limit, 5000);
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5)); // 2000 a second, each of whom waited for half a second; the last of 5000 would wait for 2.5 s
        Assert.Equal(2000, limit.Limit);
        Assert.False(limit.TryEnter());
    }

    [Fact]
    public void It_stays_open_while_those_inside_will_be_answered_in_time()
    {
        var limit = Make();
        Enter(limit, 1500);
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5)); // 2000 a second: the last of 1500 waits for less than a second
        Assert.Equal(20_000, limit.Limit);
    }

    [Fact]
    public void A_slow_start_or_a_pause_of_the_store_turns_nobody_of_a_common_crowd_away()
    {
        var limit = Make();
        Enter(limit, 1024);
        Decide(limit, 20, each: TimeSpan.FromSeconds(0.5)); // 200 a second
        Assert.Equal(1024, limit.Limit);
        for (var i = 0; i < 20; i++) Assert.True(limit.TryEnter());
        Assert.False(limit.TryEnter());
    }

    [Fact]
    public void A_pause_between_two_bursts_counts_little_and_one_that_lasts_counts()
    {
        var limit = Make();
        Enter(limit, 9000);
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5));
        _time.Advance(TimeSpan.FromMilliseconds(400)); // Another process has the ledger.
        Decide(limit, 16, each: TimeSpan.FromSeconds(0.5));
        Assert.Equal(1800, limit.Limit);

        for (var i = 0; i < 30; i++) Decide(limit, 120, each: TimeSpan.FromSeconds(0.5));
        Assert.Equal(1200, limit.Limit);
    }

    [Fact]
    public void What_was_turned_away_or_not_decided_says_nothing_about_how_long_a_decision_takes()
    {
        var limit = Make();
        Enter(limit, 5000);
        for (var i = 0; i < 1000; i++) limit.Leave(began: null);
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5));
        Assert.Equal(2000, limit.Limit);
    }

    [Fact]
    public void It_opens_again_step_by_step_when_the_crowd_has_gone()
    {
        var limit = Make();
        Enter(limit, 5000);
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5));
        Leave(limit, 4800);
        Decide(limit, 16, each: TimeSpan.FromMilliseconds(10));
        Assert.Equal(2250, limit.Limit);
        for (var i = 0; i < 30; i++) Decide(limit, 16, each: TimeSpan.FromMilliseconds(10));
        Assert.Equal(20_000, limit.Limit);
    }

    [Fact]
    public void The_more_are_turned_away_the_later_they_are_told_to_come_back()
    {
        var limit = Make();
        Assert.All(Comebacks(limit), ms => Assert.InRange(ms, 1000, 1500));

        Enter(limit, 5000);
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5));
        for (var i = 0; i < 600; i++) Assert.False(limit.TryEnter()); // three for each that is decided
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5));
        var comebacks = Comebacks(limit);
        Assert.All(comebacks, ms => Assert.InRange(ms, 4000, 6000));
        Assert.True(comebacks.Distinct().Count() > 50);

        for (var i = 0; i < 100_000; i++) limit.TryEnter();
        Decide(limit, 200, each: TimeSpan.FromSeconds(0.5));
        Assert.All(Comebacks(limit), ms => Assert.InRange(ms, 10_000, 15_000));
    }

    [Fact]
    public void The_bound_on_requests_bounds_purchases_too()
    {
        var limit = new PurchaseLimit(new LoadOptions(), new HttpOptions { MaxRequests = 2 }, _time);
        Assert.True(limit.TryEnter());
        Assert.True(limit.TryEnter());
        Assert.False(limit.TryEnter());
        limit.Leave(_time.GetTimestamp());
        Assert.True(limit.TryEnter());
    }

    [Fact]
    public void A_window_that_another_has_just_ended_is_not_ended_again_with_nothing_in_it()
    {
        var clock = new RacingTime();
        var limit = new PurchaseLimit(new LoadOptions(), new HttpOptions(), clock);
        Enter(limit, 20);
        for (var i = 0; i < 18; i++) limit.Leave(began: 0);
        clock.Timestamp = 2;
        clock.AtSecondLook = () =>
        {
            clock.Timestamp = 1; // It had looked earlier, and comes to the end of the window first.
            limit.Leave(began: 0);
        };
        limit.Leave(began: 0);
        Assert.Equal(0, limit.Inside);
    }

    private PurchaseLimit Make() => new(new LoadOptions { TargetSeconds = 1, LeastPurchases = 1024 }, new HttpOptions(), _time);

    private static void Enter(PurchaseLimit limit, int purchases)
    {
        for (var i = 0; i < purchases; i++) Assert.True(limit.TryEnter());
    }

    private void Leave(PurchaseLimit limit, int purchases)
    {
        for (var i = 0; i < purchases; i++) limit.Leave(began: null);
    }

    // So many are decided within a tenth of a second, the last one at its end. They were inside, or come in now.
    private void Decide(PurchaseLimit limit, int purchases, TimeSpan each)
    {
        while (limit.Inside < purchases) Assert.True(limit.TryEnter());
        var ticks = (long)(each.TotalSeconds * _time.TimestampFrequency);
        for (var i = 1; i < purchases; i++) limit.Leave(_time.GetTimestamp() - ticks);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        limit.Leave(_time.GetTimestamp() - ticks);
    }

    private static long[] Comebacks(PurchaseLimit limit) => [.. Enumerable.Range(0, 100).Select(_ => limit.ComebackMs())];
}

/// <summary>Time in seconds; the second interval that is worked out is where another caller comes in between.</summary>
internal sealed class RacingTime : TimeProvider
{
    private int _looks;

    public long Timestamp { get; set; }

    public Action? AtSecondLook { get; set; }

    public override long TimestampFrequency
    {
        get
        {
            if (AtSecondLook is { } race && ++_looks == 2)
            {
                AtSecondLook = null;
                race();
            }

            return 1;
        }
    }

    public override long GetTimestamp() => Timestamp;
}

/// <summary>What a shopper hears of it.</summary>
public sealed class PurchaseLimitOverHttpTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start(("Http:MaxRequests", "10"));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task One_who_wants_to_buy_is_turned_away_and_nobody_else()
    {
        var limit = _host.Service<PurchaseLimit>();
        while (limit.TryEnter())
        {
        }

        var refused = (await _host.Hold()).AssertProblem(503, "overloaded");
        Assert.InRange(refused.Json.GetProperty("retryAfterMs").GetInt32(), 1000, 15_000);
        (await _host.Send(HttpMethod.Post, "/v1/campaigns/dunk-low/holds", "{}")).AssertProblem(503, "overloaded");
        (await _host.Send(HttpMethod.Delete, "/v1/holds/AAAAAAAAAAAAAAAAAAAAAA", bearer: _host.Token)).AssertProblem(404, "not_found");

        limit.Leave(began: null);
        (await _host.Hold()).AssertStatus(201);
        await GatewayHost.Until(() => limit.Inside == 9);
    }
}
