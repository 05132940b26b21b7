namespace FlashSale.Simulation.Tests;

/// <summary>How unlucky a run is. All zero: a quiet run, and what every run becomes at its end.</summary>
internal sealed record Faults
{
    public static readonly Faults None = new();

    /// <summary>Chance that a message between processes, or between a client and a gateway, is lost; delivered twice; late by up to seconds.</summary>
    public double MessageLost { get; init; }

    public double MessageDoubled { get; init; }

    public double MessageLate { get; init; }

    /// <summary>Chance that a call to the store is slow by up to seconds; refused as a whole; answered by an error with its outcome unknown.</summary>
    public double StoreSlow { get; init; }

    public double StoreRollsBack { get; init; }

    public double StoreUnknown { get; init; }

    /// <summary>Chance that a process dies as it sends a group, or as the group has committed.</summary>
    public double CrashAtGroup { get; init; }

    /// <summary>Chance that a look into the directory splits the grain, forgets it, or gives a host that is no more.</summary>
    public double DirectorySplits { get; init; }

    public double DirectoryForgets { get; init; }

    public double DirectoryStale { get; init; }

    /// <summary>Mean time between the nemesis's deeds; null: never.</summary>
    public TimeSpan? NemesisEvery { get; init; }

    /// <summary>Chance at each step that a timer fires although something could run.</summary>
    public double EarlyTimers { get; init; }

    /// <summary>Draws a kind of run: some quiet, some with one trouble, most with all of them mixed.</summary>
    public static Faults Draw(SimRandom random)
    {
        double Some(double most) => random.Chance(0.3) ? 0 : random.Fraction() * most;
        return new Faults
        {
            MessageLost = Some(0.02),
            MessageDoubled = Some(0.05),
            MessageLate = Some(0.05),
            StoreSlow = Some(0.06),
            StoreRollsBack = Some(0.02),
            StoreUnknown = Some(0.06),
            CrashAtGroup = Some(0.02),
            DirectorySplits = Some(0.05),
            DirectoryForgets = Some(0.02),
            DirectoryStale = Some(0.02),
            NemesisEvery = random.Chance(0.1) ? null : random.Milliseconds(2_000, 15_000),
            EarlyTimers = Some(0.01),
        };
    }
}
