using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace FlashSale.Embedded.Tests;

public sealed class TimerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    public interface ITimerGrain : IGrainWithStringKey
    {
        Task Start(bool interleave, bool keepAlive, bool hold);

        Task StartFailing();

        Task Hold(string gate);

        Task Change(TimeSpan due, TimeSpan period);

        Task Stop();

        Task Leave();
    }

    [Fact]
    public async Task A_timer_ticks_each_period()
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        await engine.Grains.GetGrain<ITimerGrain>("g").Start(interleave: false, keepAlive: false, hold: false);
        for (var tick = 1; tick <= 3; tick++)
        {
            engine.Clock.Advance(Second);
            await engine.Journal.Seen("tick", tick);
            await Settle(engine);
        }
    }

    [Fact]
    public async Task A_tick_waits_its_turn_behind_a_running_request()
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        var grain = engine.Grains.GetGrain<ITimerGrain>("g");
        await grain.Start(interleave: false, keepAlive: false, hold: false);
        var held = grain.Hold("held");
        await engine.Journal.Seen("begin held");
        engine.Clock.Advance(5 * Second);
        engine.Journal.Open("held");
        await held;
        await engine.Journal.Seen("tick");
        await Settle(engine);
        Assert.Equal(["begin held", "end held", "tick"], engine.Journal.Lines);
    }

    [Fact]
    public async Task An_interleaving_tick_does_not_wait()
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        var grain = engine.Grains.GetGrain<ITimerGrain>("g");
        await grain.Start(interleave: true, keepAlive: false, hold: false);
        var held = grain.Hold("held");
        await engine.Journal.Seen("begin held");
        engine.Clock.Advance(Second);
        await engine.Journal.Seen("tick");
        engine.Journal.Open("held");
        await held;
    }

    [Fact]
    public async Task Ticks_never_overlap()
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        var grain = engine.Grains.GetGrain<ITimerGrain>("g");
        await grain.Start(interleave: true, keepAlive: false, hold: true);
        engine.Clock.Advance(Second);
        await engine.Journal.Seen("tick");
        engine.Clock.Advance(10 * Second);
        await grain.Hold("pass");
        Assert.Single(engine.Journal.Lines, line => line == "tick");
        engine.Journal.Open("tick");
        await Settle(engine);
        engine.Clock.Advance(Second);
        await engine.Journal.Seen("tick", 2);
    }

    [Fact]
    public async Task Changing_and_stopping_take_effect()
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        var grain = engine.Grains.GetGrain<ITimerGrain>("g");
        await grain.Start(interleave: false, keepAlive: false, hold: false);
        await grain.Change(10 * Second, Timeout.InfiniteTimeSpan);
        engine.Clock.Advance(9 * Second);
        await Settle(engine);
        Assert.Empty(engine.Journal.Lines);
        engine.Clock.Advance(Second);
        await engine.Journal.Seen("tick");
        await Settle(engine);
        engine.Clock.Advance(100 * Second);
        await Settle(engine);
        Assert.Single(engine.Journal.Lines);

        await grain.Change(Second, Second);
        await grain.Stop();
        engine.Clock.Advance(10 * Second);
        await Settle(engine);
        Assert.Single(engine.Journal.Lines);
    }

    [Fact]
    public async Task A_failing_tick_does_not_end_its_timer()
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        await engine.Grains.GetGrain<ITimerGrain>("g").StartFailing();
        engine.Clock.Advance(Second);
        await engine.Journal.Seen("fail");
        await Settle(engine);
        engine.Clock.Advance(Second);
        await engine.Journal.Seen("fail", 2);
    }

    [Fact]
    public async Task Timers_stop_with_their_activation()
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        var grain = engine.Grains.GetGrain<ITimerGrain>("g");
        await grain.Start(interleave: false, keepAlive: false, hold: false);
        await grain.Leave();
        await Settle(engine);
        engine.Clock.Advance(10 * Second);
        await Settle(engine);
        Assert.DoesNotContain("tick", engine.Journal.Lines);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ticks_keep_a_grain_from_being_collected_only_if_asked_to(bool keepAlive)
    {
        await using var engine = TestEngine.Start(typeof(TimerGrain));
        await engine.Grains.GetGrain<ITimerGrain>("g").Start(interleave: false, keepAlive, hold: false);
        for (var minute = 1; minute <= 20 && !engine.Journal.Lines.Contains("deactivate ActivationIdle"); minute++)
        {
            engine.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.WhenAny(engine.Journal.Seen("tick", minute), engine.Journal.Seen("deactivate ActivationIdle"));

            // The tick's turn ends behind the line that it wrote.
            await engine.Journal.Turn();
        }

        Assert.Equal(!keepAlive, engine.Journal.Lines.Contains("deactivate ActivationIdle"));
    }

    // A call that is answered after everything that the grain had to do by now.
    private static Task Settle(TestEngine engine) => engine.Grains.GetGrain<ITimerGrain>("g").Hold("pass quietly");

    private sealed class TimerGrain(Journal journal) : Grain, ITimerGrain
    {
        private IGrainTimer? _timer;

        public Task Start(bool interleave, bool keepAlive, bool hold)
        {
            journal.Scheduler = TaskScheduler.Current;
            _timer = this.RegisterGrainTimer(
                async () =>
                {
                    journal.Add("tick");
                    if (hold)
                        await journal.Pass("tick");
                },
                new() { DueTime = Second, Period = Second, Interleave = interleave, KeepAlive = keepAlive });
            return Task.CompletedTask;
        }

        public Task StartFailing()
        {
            _timer = this.RegisterGrainTimer(
                static (journal, _) =>
                {
                    journal.Add("fail");
                    throw new InvalidOperationException("a tick failed");
                },
                journal, Second, Second);
            return Task.CompletedTask;
        }

        public async Task Hold(string gate)
        {
            if (gate == "pass quietly" || gate == "pass")
                return;
            journal.Add($"begin {gate}");
            await journal.Pass(gate);
            journal.Add($"end {gate}");
        }

        public Task Change(TimeSpan due, TimeSpan period)
        {
            _timer!.Change(due, period);
            return Task.CompletedTask;
        }

        public Task Stop()
        {
            _timer!.Dispose();
            return Task.CompletedTask;
        }

        public Task Leave()
        {
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            journal.Add($"deactivate {reason.ReasonCode}");
            return Task.CompletedTask;
        }
    }
}
