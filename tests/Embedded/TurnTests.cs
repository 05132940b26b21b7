using Orleans;
using Orleans.Concurrency;

namespace FlashSale.Embedded.Tests;

public sealed class TurnTests
{
    public interface ICounterGrain : IGrainWithStringKey
    {
        Task<int> Add(int amount);

        [AlwaysInterleave]
        Task<int> AddInTurns(int amount);

        [AlwaysInterleave]
        Task<int> Overlaps();
    }

    [Fact]
    public async Task Parallel_callers_never_meet_in_a_turn()
    {
        await using var engine = TestEngine.Start(typeof(CounterGrain));
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            async () =>
            {
                var grain = engine.Grains.GetGrain<ICounterGrain>("one");
                for (var i = 0; i < 500; i++)
                    await (i % 2 == 0 ? grain.Add(1) : grain.AddInTurns(1));
            },
            CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default).Unwrap());
        await Task.WhenAll(callers);

        var counter = engine.Grains.GetGrain<ICounterGrain>("one");
        Assert.Equal(4000, await counter.Add(0));
        Assert.Equal(0, await counter.Overlaps());
    }

    [Fact]
    public async Task Code_after_an_await_runs_on_the_grains_scheduler()
    {
        await using var engine = TestEngine.Start(typeof(CounterGrain));
        Assert.Equal(1, await engine.Grains.GetGrain<ICounterGrain>("one").AddInTurns(1));
        Assert.Equal(0, await engine.Grains.GetGrain<ICounterGrain>("one").Overlaps());
    }

    private sealed class CounterGrain : Grain, ICounterGrain
    {
        private int _count;
        private int _inside;
        private int _overlaps;

        public Task<int> Add(int amount)
        {
            Work(amount);
            return Task.FromResult(_count);
        }

        public async Task<int> AddInTurns(int amount)
        {
            var mine = TaskScheduler.Current;
            Work(0);
            await Task.Yield();
            Work(amount);
            await Task.WhenAll(Task.Factory.StartNew(() => { }, CancellationToken.None, TaskCreationOptions.None, TaskScheduler.Default));
            Work(0);
            if (!ReferenceEquals(mine, TaskScheduler.Current))
                _overlaps++;
            return _count;
        }

        public Task<int> Overlaps() => Task.FromResult(_overlaps);

        // Not atomic on purpose: two turns at once would lose counts.
        private void Work(int amount)
        {
            if (Interlocked.Increment(ref _inside) != 1)
                _overlaps++;
            var before = _count;
            Thread.SpinWait(20);
            _count = before + amount;
            Interlocked.Decrement(ref _inside);
        }
    }
}
