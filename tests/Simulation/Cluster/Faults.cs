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

    /// <summary>Chance that a snapshot is not written, or is kept in a form that nobody can use: damaged, or of a newer version.</summary>
    public double SnapshotFails { get; init; }

    public double SnapshotUseless { get; init; }

    /// <summary>The longest step, forth or back, that the store's own clock may take; zero: it is true.</summary>
    public TimeSpan StoreClockJump { get; init; }

    /// <summary>Chance that a process dies as a group arrives at the store, or as it has committed.</summary>
    public double CrashAtGroup { get; init; }

    /// <summary>Chance that a process dies at a step, whichever it is; and that a deed lets it die within the next steps.</summary>
    public double CrashAtStep { get; init; }

    public double CrashNearDeed { get; init; }

    /// <summary>Chance that a look into the directory splits the grain, forgets it, or gives a host that is no more.</summary>
    public double DirectorySplits { get; init; }

    public double DirectoryForgets { get; init; }

    public double DirectoryStale { get; init; }

    /// <summary>Mean time between two times that a process sheds activations, as one does that runs out of memory; null: never.</summary>
    public TimeSpan? ShedEvery { get; init; }

    /// <summary>Mean time between the nemesis's deeds; null: never.</summary>
    public TimeSpan? NemesisEvery { get; init; }

    /// <summary>The nemesis kills too.</summary>
    public bool NemesisKills { get; init; }

    /// <summary>Chance at each step that a timer fires although something could run.</summary>
    public double EarlyTimers { get; init; }

    /// <summary>Each kind of trouble, and a run without it: for finding out which of them a failure needs.</summary>
    public static IReadOnlyList<(string Name, Func<Faults, Faults> Without)> Kinds { get; } =
    [
        ("message-lost", f => f with { MessageLost = 0 }),
        ("message-doubled", f => f with { MessageDoubled = 0 }),
        ("message-late", f => f with { MessageLate = 0 }),
        ("store-slow", f => f with { StoreSlow = 0 }),
        ("store-rolls-back", f => f with { StoreRollsBack = 0 }),
        ("store-unknown", f => f with { StoreUnknown = 0 }),
        ("snapshot-fails", f => f with { SnapshotFails = 0 }),
        ("snapshot-useless", f => f with { SnapshotUseless = 0 }),
        ("store-clock-jump", f => f with { StoreClockJump = TimeSpan.Zero }),
        ("crash-at-group", f => f with { CrashAtGroup = 0 }),
        ("crash-at-step", f => f with { CrashAtStep = 0 }),
        ("crash-near-deed", f => f with { CrashNearDeed = 0 }),
        ("directory-splits", f => f with { DirectorySplits = 0 }),
        ("directory-forgets", f => f with { DirectoryForgets = 0 }),
        ("directory-stale", f => f with { DirectoryStale = 0 }),
        ("shed", f => f with { ShedEvery = null }),
        ("nemesis", f => f with { NemesisEvery = null }),
        ("nemesis-kills", f => f with { NemesisKills = false }),
        ("early-timers", f => f with { EarlyTimers = 0 }),
    ];

    /// <summary>Draws a kind of run: some quiet, some with one trouble, most with all of them mixed.</summary>
    public static Faults Draw(SimRandom random)
    {
        double Some(double most) => random.Chance(0.3) ? 0 : random.Fraction() * most;
        double SomeOrMany(double usual, double many) => Some(random.Chance(0.2) ? many : usual);
        var kills = random.Chance(0.8);
        return new Faults
        {
            MessageLost = Some(0.02),
            MessageDoubled = SomeOrMany(0.05, 0.3),
            MessageLate = SomeOrMany(0.05, 0.3),
            StoreSlow = SomeOrMany(0.06, 0.3),
            StoreRollsBack = Some(0.02),
            StoreUnknown = Some(0.06),
            SnapshotFails = Some(0.3),
            SnapshotUseless = Some(0.7),
            StoreClockJump = random.Chance(0.6) ? TimeSpan.Zero : random.Milliseconds(50, random.Chance(0.5) ? 1_500 : 20_000),
            CrashAtGroup = kills ? Some(0.01) : 0,
            CrashAtStep = kills ? Some(0.0002) : 0,
            CrashNearDeed = kills ? Some(0.003) : 0,
            DirectorySplits = Some(0.05),
            DirectoryForgets = Some(0.02),
            DirectoryStale = Some(0.02),
            ShedEvery = random.Chance(0.25) ? random.Milliseconds(300, 3_000) : null,
            NemesisEvery = random.Chance(0.1) ? null : random.Milliseconds(2_000, 15_000),
            NemesisKills = kills,
            EarlyTimers = Some(0.01),
        };
    }
}
