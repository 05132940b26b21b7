namespace FlashSale.Simulation.Tests;

/// <summary>Twenty seeds of the whole system; <c>seed</c> in a failure is all that is needed to see it again.</summary>
public sealed class SeedTests(Xunit.Abstractions.ITestOutputHelper output)
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 20)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_promise_holds(int seed)
    {
        var run = SimulationRun.Of((ulong)seed);
        output.WriteLine($"steps {run.Scheduler.Steps}, commits {run.Cluster.Store.Commits.Count}, told {run.History.All.Count}, hash {run.Scheduler.Trace.Hash:x16}");
        foreach (var (situation, times) in run.Scheduler.Trace.Reached) output.WriteLine($"{times,6} {situation}");
        Assert.True(run.Failure is null, run.Report(run.Failure ?? ""));
        var findings = run.Judge();
        output.WriteLine($"checked {string.Join(", ", findings.Checked)}");
        Assert.True(findings.Broken.Count == 0, run.Report(string.Join('\n', findings.Broken)));
    }
}
