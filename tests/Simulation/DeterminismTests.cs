using System.Diagnostics;
using System.Globalization;

namespace FlashSale.Simulation.Tests;

public sealed class DeterminismTests
{
    [Fact]
    public void Two_runs_of_one_seed_do_the_same()
    {
        var first = SimulationRun.Of(new Recipe(7));
        var second = SimulationRun.Of(new Recipe(7));
        Assert.Equal(first.Scheduler.Trace.Lines, second.Scheduler.Trace.Lines);
        Assert.Equal((first.Scheduler.Steps, first.Scheduler.Trace.Hash), (second.Scheduler.Steps, second.Scheduler.Trace.Hash));
    }

    /// <summary>Whatever differs from process to process (hash codes of texts, addresses, the order in which code was compiled) must not matter.</summary>
    [Fact]
    public void Twenty_seeds_do_the_same_in_another_process()
    {
        var seeds = new ManySeeds(Environment.ProcessorCount);
        seeds.Run(Enumerable.Range(1, 20).Select(s => new Recipe((ulong)s)));
        using var other = Process.Start(new ProcessStartInfo("dotnet", [typeof(SimulateCommand).Assembly.Location, "--seeds", "1..20", "--hashes"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var hashes = other.StandardOutput.ReadToEnd();
        other.WaitForExit();
        Assert.Equal(string.Concat(seeds.Hashes.Select(h => $"{h.Key} {h.Value:x16}{Environment.NewLine}")), hashes);
    }

    [Fact]
    public void Two_seeds_do_not()
    {
        Assert.NotEqual(SimulationRun.Of(new Recipe(1)).Scheduler.Trace.Hash, SimulationRun.Of(new Recipe(2)).Scheduler.Trace.Hash);
    }

    [Fact]
    public void Code_that_leaves_the_thread_fails_the_run()
    {
        var failure = "";
        var thread = new Thread(() =>
        {
            var scheduler = new SimScheduler(seed: 1);
            var lane = new Lane(scheduler, "lane");
            using var left = new ManualResetEventSlim();
            lane.Start(async () =>
            {
                // What Task.WhenAll does with a promise that insists on asynchronous continuations.
                var promise = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                lane.After(TimeSpan.FromSeconds(1), promise.SetResult);
                await Task.WhenAll(promise.Task).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                left.Set();
            });
            scheduler.RunUntil(() => false, stepsMost: 100);
            for (var i = 0; i < 10_000 && scheduler.Failure is null; i++) left.Wait(1);
            failure = scheduler.Failure ?? "";
        });
        thread.Start();
        thread.Join();
        Assert.Contains("another thread", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void Timers_fire_in_the_order_of_virtual_time()
    {
        var fired = new List<string>();
        var scheduler = new SimScheduler(seed: 1);
        var lane = new Lane(scheduler, "lane");
        var time = new SimTime(lane, driftPartsPerMillion: 0, TimeSpan.FromHours(5));
        lane.After(TimeSpan.FromSeconds(2), () => fired.Add("second"));
        lane.After(TimeSpan.FromSeconds(1), () => fired.Add("first"));
        using var periodic = time.CreateTimer(_ => fired.Add(scheduler.Now.TotalSeconds.ToString(CultureInfo.InvariantCulture)), null, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(1));
        scheduler.RunUntil(() => fired.Count == 4, stepsMost: 100);
        Assert.Equal(["first", "second", "3", "4"], fired);
    }

    [Theory]
    [InlineData(-2_000)]
    [InlineData(2_000)]
    public void Monotonic_clock_never_goes_back_however_wrong_it_runs(int drift)
    {
        var scheduler = new SimScheduler(seed: 1);
        var lane = new Lane(scheduler, "lane");
        var time = new SimTime(lane, drift, TimeSpan.Zero);
        var shown = new List<long>();
        for (var i = 1; i <= 5_000; i++) lane.After(TimeSpan.FromMicroseconds(50 * i), () => shown.Add(time.GetTimestamp()));
        scheduler.RunUntil(() => shown.Count == 5_000, stepsMost: 10_000);
        Assert.Equal(shown.Order(), shown);
        Assert.Equal(TimeSpan.FromMilliseconds(250) * (1 + (drift / 1e6)), time.GetElapsedTime(0, shown[^1]));
    }
}
