namespace FlashSale.Simulation.Tests;

/// <summary>What kind of cluster a run has; stays when the faults are over.</summary>
/// <param name="Processes">At the start, 2 or 3.</param>
/// <param name="ResponseTimeout">How long a call between grains may take.</param>
/// <param name="Alone">
/// There is no directory: for the whole run each process believes that it is alone, as two embedded ones on one PostgreSQL do.
/// </param>
internal sealed record Setting(int Processes, TimeSpan ResponseTimeout, bool Alone)
{
    public static Setting Draw(SimRandom random) => random.Chance(0.15)
        ? new Setting(2, random.Milliseconds(2_000, 30_000), Alone: true)
        : new Setting(random.Between(2, 3), random.Milliseconds(2_000, 30_000), Alone: false);
}
