namespace FlashSale.Simulation.Tests;

/// <summary>Breaks the store on purpose: a check that nothing can trip proves nothing.</summary>
public sealed class MutationTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int MostSeeds = 2000;

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
    public void Store_without_epochs_is_caught_at_last()
    {
        // The seq alone is a compare-and-swap. What the epoch adds is that whoever opens a ledger settles what is on its way: without it a change of a campaign
        // may happen after its next activation has told the SKUs of another one.
        var seed = Enumerable.Range(1, MostSeeds).FirstOrDefault(seed => Broken(seed).Any(b => b.StartsWith('P') && !b.StartsWith("P4", StringComparison.Ordinal)));
        output.WriteLine($"seed {seed}: {string.Join("; ", Broken(seed))}");
        Assert.NotEqual(0, seed);

        static IEnumerable<string> Broken(int seed) => SimulationRun.Of(new Recipe((ulong)seed) { Bug = StoreBug.NoEpochs }).Judge().Broken;
    }
}
