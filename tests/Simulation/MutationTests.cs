namespace FlashSale.Simulation.Tests;

/// <summary>Breaks the system on purpose: a check that nothing can trip proves nothing.</summary>
public sealed class MutationTests(Xunit.Abstractions.ITestOutputHelper output)
{
    [Fact]
    public void Store_without_fences_is_caught()
    {
        var caught = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = 1; seed <= 20 && !(caught.ContainsKey("P1") && caught.ContainsKey("P3") && caught.ContainsKey("P5")); seed++)
        {
            var run = SimulationRun.Of((ulong)seed, ignoresFences: true);
            if (run.Failure is not null) Count("failed");
            foreach (var promise in run.Judge().Broken.Select(b => b.Split(':')[0]).Distinct()) Count(promise);
        }

        output.WriteLine(string.Join(", ", caught));
        Assert.Contains("P1", caught.Keys);
        Assert.Contains("P3", caught.Keys);
        Assert.Contains("P5", caught.Keys);

        void Count(string what) => caught[what] = caught.GetValueOrDefault(what) + 1;
    }
}
