using System.Net;
using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Hosting;
using FlashSale.Drop.Http;
using FlashSale.Testing;

namespace FlashSale.Drop.Tests;

/// <summary>Whole drops to which the crowd comes by a schedule, against one or two servers, whole or killed in between.</summary>
public sealed class OpenLoopTests
{
    [Fact]
    public async Task An_honest_server_has_no_differences_and_everybody_came()
    {
        // Units come back when all have arrived, so that some of those who were refused get them.
        var result = await Drops.RunAsync(Lie.None, Drops.Open with { Tempo = Drops.Open.Tempo with { PonderMax = TimeSpan.FromSeconds(1) } });
        Assert.Empty(Drops.Kinds(result));
        Assert.True(result.End.StillWaiting > 0);
        Assert.True(result.Tally.DoubleTaps > 0 && result.Tally.Desertions > 0 && result.Tally.Abandonments > 0);
        Assert.True(result.Tally.Returns > 0 && result.Tally.Repeats > 0 && result.Tally[AnswerKind.LimitReached] > 0);
        Assert.True(result.Timeline.Seconds.Sum(second => second.Due) >= Drops.Open.Shoppers);
        Assert.Equal(Drops.Open.Shoppers, result.Timeline.Decisions.Count);
        Assert.Equal(result.Timeline.Seconds.Sum(second => second.Started), result.Timeline.Starts.Count);
    }

    [Theory]
    [InlineData(Lie.Oversells, "oversell")]
    [InlineData(Lie.RefusesARepeat, "repeat")]
    [InlineData(Lie.LosesAnAnswer, "odd")]
    [InlineData(Lie.ForgetsItsFirstAnswer, "odd")]
    public async Task A_lie_is_a_difference(Lie lie, string kind) => Assert.Contains(kind, Drops.Kinds(await Drops.RunAsync(lie, Drops.Open)));

    [Fact]
    public async Task Connections_grow_up_to_their_bound_and_no_further()
    {
        var result = await Drops.RunAsync(Lie.None, Drops.Open with { Shoppers = 2000, Connections = 80, Loop = new LoopOptions { Rate = 1_000_000 } });
        Assert.Empty(Drops.Kinds(result));
        Assert.Equal(80, result.Lanes);
    }

    [Fact]
    public async Task Who_had_to_wait_for_a_connection_counts_from_when_it_was_its_turn()
    {
        await using var server = await FakeServer.StartAsync(Lie.None);
        var time = new ManualTimeProvider();
        var timeline = new Timeline();
        var endPoint = new IPEndPoint(IPAddress.Loopback, server.Url.Port);
        using var lane = new Lane([new Target(endPoint, server.Url.Authority, new ShopperRequests(server.Url.Authority, "c", "s"))], TimeSpan.FromMinutes(1), timeline, time);
        var shopper = new Shopper("mei", Habits.None, TimeSpan.Zero) { Token = "t.mei"u8.ToArray() };
        timeline.Begin(time.GetElapsedTime(0));
        new Floor(timeline).Arrive(shopper, time.GetElapsedTime(0));

        time.Advance(TimeSpan.FromSeconds(3));
        await lane.HoldAsync(shopper);
        Assert.Equal([1L, 0, 0, 0], timeline.Seconds.Select(second => second.LatencyOfTurns.Count));
        Assert.Equal((TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(3)), (timeline.Latency().Max, timeline.Decisions.Max));

        // What it does by itself right after is not late.
        await lane.HoldAsync(shopper);
        Assert.Equal((2, TimeSpan.Zero), (timeline.Latency().Count, timeline.Seconds[3].LatencyOfTurns.Max));
    }

    [Fact]
    public async Task Two_servers_get_half_each_and_a_retry_goes_to_the_other_one()
    {
        await using var one = await FakeServer.StartAsync(Lie.ForgetsItsFirstAnswer);
        await using var other = await FakeServer.StartAsync(Lie.ForgetsItsFirstAnswer, one.Shop);
        using var run = Drops.Create(Drops.Open with { Urls = ["http://one", "http://other"], DesertPercent = 0 }, [one, other]);
        var result = await run.RunAsync(CancellationToken.None);
        Assert.Empty(Drops.Kinds(result));
        Assert.True(result.Tally[AnswerKind.Unavailable] > 0);
        Assert.Equal(one.Keys.Count, other.Keys.Count, (one.Keys.Count + other.Keys.Count) / 20.0);
        // Nobody's first answer decided anything, so everybody asked again, and the next one in turn.
        Assert.Equal(one.Keys.Distinct().Order(), other.Keys.Distinct().Order());
    }

    [Fact]
    public async Task A_key_that_nobody_ever_decides_is_a_difference()
    {
        await using var one = await FakeServer.StartAsync(Lie.NeverKnows);
        await using var other = await FakeServer.StartAsync(Lie.NeverKnows, one.Shop);
        using var run = Drops.Create(Drops.Open with { Urls = ["http://one", "http://other"], KeepGoingSeconds = 1 }, [one, other]);
        Assert.Equal(["time", "unresolved"], Drops.Kinds(await run.RunAsync(CancellationToken.None)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_kill_in_mid_drop_breaks_connections_and_no_promise(bool closed)
    {
        await using var server = await FakeServer.StartAsync(Lie.None);
        var options = (closed ? Drops.Closed : Drops.Open) with { Kill = DropOptions.KillServer };
        using var run = Drops.Create(options, [server], new Fault("the server", _ => server.BeDownAsync(requests: 30)));
        var result = await run.RunAsync(CancellationToken.None);
        Assert.Empty(Drops.Kinds(result));
        Assert.True(result.Tally[AnswerKind.Broken] > 0);
        Assert.Equal("the server", result.Fault!.Name);
        Assert.Equal(["the server killed", "the server up again"], result.Timeline.Marks.Select(mark => mark.Text));
        Assert.Contains("the server was killed after", Drops.Render(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_kill_excuses_lost_answers_and_nothing_else()
    {
        await using var server = await FakeServer.StartAsync(Lie.Oversells);
        using var run = Drops.Create(Drops.Open with { Kill = DropOptions.KillServer }, [server], new Fault("the server", _ => server.BeDownAsync(requests: 5)));
        Assert.Contains("oversell", Drops.Kinds(await run.RunAsync(CancellationToken.None)));
    }

    [Fact]
    public async Task A_kill_that_never_came_is_a_difference()
    {
        await using var server = await FakeServer.StartAsync(Lie.None);
        using var run = Drops.Create(Drops.Open with { Stock = 10_000, Kill = DropOptions.KillServer }, [server], new Fault("the server", _ => throw new InvalidOperationException("not now")));
        Assert.Equal(["kill"], Drops.Kinds(await run.RunAsync(CancellationToken.None)));
    }

    [Fact]
    public async Task What_cannot_be_started_again_ends_the_run_with_its_reason()
    {
        await using var server = await FakeServer.StartAsync(Lie.None);
        using var run = Drops.Create(Drops.Open with { Kill = DropOptions.KillServer }, [server], new Fault("the server", _ => throw new DropException("it is gone for good")));
        var e = await Assert.ThrowsAsync<DropException>(() => run.RunAsync(CancellationToken.None));
        Assert.Equal("it is gone for good", e.Message);
    }
}
