using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Configuration;
using Orleans.Runtime;

namespace FlashSale.Embedded.Tests;

public sealed class LifeTests
{
    public interface ILifeGrain : IGrainWithStringKey
    {
        Task Note(string line);

        Task NoteAndLeave(string line);

        [AlwaysInterleave]
        Task Hold(string gate);

        [AlwaysInterleave]
        Task Leave();

        Task Delay(TimeSpan time);

        Task<int> Life();
    }

    [Fact]
    public async Task Requests_go_to_a_successor_in_order_after_the_predecessor_has_ended()
    {
        await using var engine = Start();
        var grain = engine.Grains.GetGrain<ILifeGrain>("g");
        var held = grain.Hold("held");
        await engine.Journal.Seen("1 begin held");
        await grain.Leave();
        var later = Enumerable.Range(0, 20).Select(i => grain.Note($"later {i}")).ToArray();

        engine.Journal.Open("held");
        await Task.WhenAll([held, .. later]);
        Assert.Equal(
            [
                "1 activate", "1 begin held", "1 end held", "1 deactivate ApplicationRequested", "2 activate",
                .. Enumerable.Range(0, 20).Select(i => $"2 later {i}"),
            ],
            engine.Journal.Lines);
    }

    [Fact]
    public async Task Nothing_new_starts_after_the_turn_that_asked_to_leave()
    {
        await using var engine = Start();
        var grain = engine.Grains.GetGrain<ILifeGrain>("g");
        var hold = grain.Hold("held");
        await engine.Journal.Seen("1 begin held");
        Task[] calls = [grain.NoteAndLeave("a"), grain.Note("b"), grain.NoteAndLeave("c"), grain.Note("d")];
        await calls[0];
        Assert.DoesNotContain("1 b", engine.Journal.Lines);
        engine.Journal.Open("held");
        await Task.WhenAll([hold, .. calls]);
        Assert.Equal(
            [
                "1 activate", "1 begin held", "1 a", "1 end held", "1 deactivate ApplicationRequested", "2 activate", "2 b", "2 c",
                "2 deactivate ApplicationRequested", "3 activate", "3 d",
            ],
            engine.Journal.Lines);
    }

    [Fact]
    public async Task Callers_in_parallel_with_leaving_lose_and_reorder_nothing()
    {
        await using var engine = Start();
        var callers = Enumerable.Range(0, 4).Select(caller => Task.Factory.StartNew(
            async () =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var grain = engine.Grains.GetGrain<ILifeGrain>("g");
                    await Task.WhenAll(grain.Note($"{caller} {i} a"), grain.NoteAndLeave($"{caller} {i} b"), grain.Note($"{caller} {i} c"));
                }
            },
            CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default).Unwrap());
        await Task.WhenAll(callers);

        var notes = engine.Journal.Lines.Where(line => !line.Contains("activate", StringComparison.Ordinal)).Select(line => line.Split(' ', 2)[1]).ToArray();
        Assert.Equal(600, notes.Length);
        foreach (var caller in Enumerable.Range(0, 4))
        {
            Assert.Equal(
                Enumerable.Range(0, 50).SelectMany(i => new[] { $"{caller} {i} a", $"{caller} {i} b", $"{caller} {i} c" }),
                notes.Where(note => note[0] == '0' + caller));
        }

        // Lives never overlap: each ends before the next begins.
        var ends = engine.Journal.Lines.Where(line => line.Contains("activate", StringComparison.Ordinal)).Select(line => line.Split(' ')[1]).ToArray();
        Assert.Equal(ends.Select((_, index) => index % 2 == 0 ? "activate" : "deactivate"), ends);
    }

    [Fact]
    public async Task A_failed_activation_fails_who_waits_and_the_next_call_tries_anew()
    {
        var failures = new Failures { Left = 1 };
        await using var engine = Start(services => services.AddSingleton(failures));
        var grain = engine.Grains.GetGrain<ILifeGrain>("g");
        var first = grain.Note("a");
        await engine.Journal.Seen("1 activate");
        Task[] waiting = [first, grain.Note("b")];
        await engine.Journal.Turn();
        engine.Journal.Open("fail");
        var seen = new List<Exception>();
        foreach (var call in waiting)
            seen.Add(await Assert.ThrowsAsync<InvalidOperationException>(() => call));
        Assert.All(seen, exception => Assert.Equal("not now", exception.Message));

        await grain.Note("c");
        Assert.Equal(["1 activate", "2 activate", "2 c"], engine.Journal.Lines);
    }

    [Fact]
    public async Task An_activation_that_hangs_fails_at_its_deadline()
    {
        var failures = new Failures { HangFirst = true };
        await using var engine = Start(services => services.AddSingleton(failures));
        var grain = engine.Grains.GetGrain<ILifeGrain>("g");
        var call = grain.Note("a");
        await engine.Journal.Seen("1 activate");
        engine.Clock.Advance(TimeSpan.FromSeconds(20));
        var next = grain.Note("b");
        await engine.Journal.Turn();
        engine.Clock.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        await Assert.ThrowsAsync<TimeoutException>(() => next);
        await grain.Note("c");
        Assert.Equal("2 c", engine.Journal.Lines[^1]);
    }

    [Fact]
    public async Task A_successor_proceeds_when_the_predecessor_takes_too_long()
    {
        await using var engine = Start();
        var grain = engine.Grains.GetGrain<ILifeGrain>("g");
        var hold = grain.Hold("never");
        await engine.Journal.Seen("1 begin never");
        await grain.Leave();
        var next = grain.Note("next");
        engine.Clock.Advance(TimeSpan.FromSeconds(14));
        Assert.False(next.IsCompleted);

        engine.Clock.Advance(TimeSpan.FromSeconds(1));
        await next;
        Assert.Equal(["1 activate", "1 begin never", "1 deactivate ApplicationRequested", "2 activate", "2 next"], engine.Journal.Lines);
        engine.Journal.Open("never");
        await hold;
    }

    [Fact]
    public async Task Idle_grains_are_collected_after_the_collection_age()
    {
        await using var engine = Start();
        await engine.Grains.GetGrain<ILifeGrain>("g").Note("a");
        engine.Clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(1, engine.Engine.ActivationCount);
        engine.Clock.Advance(TimeSpan.FromMinutes(1));
        await engine.Journal.Seen("1 deactivate ActivationIdle");
    }

    [Fact]
    public async Task Used_and_delayed_grains_are_not_collected()
    {
        await using var engine = Start();
        var grain = engine.Grains.GetGrain<ILifeGrain>("g");
        await grain.Delay(TimeSpan.FromMinutes(40));
        engine.Clock.Advance(TimeSpan.FromMinutes(39));
        Assert.Equal(1, await grain.Life());
        engine.Clock.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(1, await grain.Life());
        engine.Clock.Advance(TimeSpan.FromMinutes(15));
        await engine.Journal.Seen("1 deactivate ActivationIdle");
        Assert.Equal(2, await grain.Life());
    }

    [Fact]
    public async Task A_running_request_keeps_its_grain_from_being_collected()
    {
        await using var engine = Start();
        var grain = engine.Grains.GetGrain<ILifeGrain>("g");
        var hold = grain.Hold("held");
        await engine.Journal.Seen("1 begin held");
        engine.Clock.Advance(TimeSpan.FromHours(1));
        engine.Journal.Open("held");
        await Assert.ThrowsAsync<TimeoutException>(() => hold);
        Assert.Equal(1, await grain.Life());
    }

    private static TestEngine Start(Action<IServiceCollection>? configure = null) => TestEngine.Start(
        services =>
        {
            services.AddSingleton<Failures>().AddSingleton<Lives>();
            configure?.Invoke(services);
        },
        typeof(LifeGrain));

    internal sealed class Failures
    {
        internal int Left { get; set; }

        internal bool HangFirst { get; set; }
    }

    internal sealed class Lives
    {
        internal int Count { get; set; }
    }

    private sealed class LifeGrain(Journal journal, Failures failures, Lives lives) : Grain, ILifeGrain
    {
        private readonly int _life = ++lives.Count;

        public override Task OnActivateAsync(CancellationToken cancellationToken)
        {
            journal.Scheduler = TaskScheduler.Current;
            Add("activate");
            if (failures.HangFirst && _life == 1)
                return journal.Pass("never");
            return failures.Left-- > 0 ? Fail() : Task.CompletedTask;
        }

        private async Task Fail()
        {
            await journal.Pass("fail");
            throw new InvalidOperationException("not now");
        }

        public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            await Task.Yield();
            Add($"deactivate {reason.ReasonCode}");
        }

        public Task Note(string line)
        {
            Add(line);
            return Task.CompletedTask;
        }

        public Task NoteAndLeave(string line)
        {
            Add(line);
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        public async Task Hold(string gate)
        {
            Add($"begin {gate}");
            await journal.Pass(gate);
            Add($"end {gate}");
        }

        public Task Leave()
        {
            DeactivateOnIdle();
            return Task.CompletedTask;
        }

        public Task Delay(TimeSpan time)
        {
            DelayDeactivation(time);
            return Task.CompletedTask;
        }

        public Task<int> Life() => Task.FromResult(_life);

        private void Add(string line) => journal.Add($"{_life} {line}");
    }
}
