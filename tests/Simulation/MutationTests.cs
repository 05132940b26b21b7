namespace FlashSale.Simulation.Tests;

/// <summary>Breaks the store on purpose: a check that nothing can trip proves nothing.</summary>
public sealed class MutationTests(Xunit.Abstractions.ITestOutputHelper output)
{
    [Theory]
    [InlineData(nameof(StoreBug.NoFence), "P1", "P3", "P5")]
    [InlineData(nameof(StoreBug.BlindChecks), "P2")]
    [InlineData(nameof(StoreBug.TornGroups), "P2")]
    public void Broken_store_is_caught(string bug, params string[] promises)
    {
        var caught = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (var seed = 1; seed <= 20 && !Array.TrueForAll(promises, caught.ContainsKey); seed++)
        {
            var run = SimulationRun.Of(new Recipe((ulong)seed) { Bug = Enum.Parse<StoreBug>(bug) });
            if (run.Failure is not null) Count("failed");
            foreach (var promise in run.Judge().Broken.Select(b => b.Split(':')[0]).Distinct()) Count(promise);
        }

        output.WriteLine($"{bug}: {string.Join(", ", caught)}");
        Assert.All(promises, p => Assert.Contains(p, caught.Keys));

        void Count(string what) => caught[what] = caught.GetValueOrDefault(what) + 1;
    }

    [Fact]
    [Trait("Tier", "Long")]
    public void Store_without_epochs_breaks_nothing_but_time()
    {
        // The seq alone is a compare-and-swap; what the epoch adds is that an opener settles what is under way.
        for (var seed = 1; seed <= 300; seed++)
        {
            var broken = SimulationRun.Of(new Recipe((ulong)seed) { Bug = StoreBug.NoEpochs }).Judge().Broken;
            Assert.DoesNotContain(broken, b => b.StartsWith('P') && !b.StartsWith("P4", StringComparison.Ordinal));
        }
    }
}
