namespace FlashSale.Drop.Arrivals;

/// <summary>What the command line says about when shoppers come.</summary>
internal sealed record LoopOptions
{
    public const string Spike = "spike", Steady = "steady";

    // What one machine of two cores generates and serves at the same time, so that a larger crowd comes for longer and not more densely.
    const double DefaultRateMost = 10_000;

    // A smaller crowd comes as fast as if a fifth of it came in each second of the peak.
    const double DefaultCrowdSeconds = 5;

    /// <summary>Closed loop: nobody comes by a schedule; each connection sends when it was answered.</summary>
    public bool Closed { get; init; }

    public string? Curve { get; init; }

    /// <summary>Arrivals per second: all the time, or at the spike's peak.</summary>
    public int? Rate { get; init; }

    public double RampSeconds { get; init; } = 1;

    public double? TailSeconds { get; init; }

    bool IsSteady => Curve == Steady || (Curve is null && Rate is not null);

    /// <summary>Null for a closed loop. Only for options without <see cref="Problems"/>.</summary>
    public ArrivalCurve? CurveFor(int shoppers)
    {
        if (Closed)
            return null;
        return IsSteady ? new SteadyCurve(shoppers, Rate ?? Math.Min(DefaultRateMost, shoppers / DefaultCrowdSeconds)) : SpikeFor(shoppers);
    }

    public IEnumerable<string> Problems(int shoppers)
    {
        if (Closed && (Curve is not null || Rate is not null || TailSeconds is not null))
            yield return "--closed has no arrivals: it excludes --curve, --rate and --tail.";
        if (Curve is not (null or Spike or Steady))
            yield return $"--curve takes {Spike} or {Steady}, not '{Curve}'.";
        if (Rate is < 1 or > 1_000_000)
            yield return $"--rate must be 1-1000000, not {Rate}.";
        if (RampSeconds is not (>= 0 and <= 600))
            yield return $"--ramp must be 0-600 seconds, not {RampSeconds}.";
        if (TailSeconds is not (null or (>= 1 and <= 3600)))
            yield return $"--tail must be 1-3600 seconds, not {TailSeconds}.";
        if (IsSteady && TailSeconds is not null)
            yield return "--tail is for --curve spike.";
        else if (Rate is not null && TailSeconds is not null)
            yield return "--rate and --tail exclude each other: the crowd's size and one of them give the other.";
        else if (!Closed && !IsSteady && Rate is > 0 && SpikeFor(shoppers) is null)
            yield return $"--rate {Rate} with --ramp {RampSeconds}: the ramp alone would take more than {shoppers} shoppers.";
    }

    SpikeCurve? SpikeFor(int shoppers)
    {
        var ramp = TimeSpan.FromSeconds(RampSeconds);
        return TailSeconds is { } tail
            ? SpikeCurve.WithTail(shoppers, ramp, TimeSpan.FromSeconds(tail))
            : SpikeCurve.WithPeak(shoppers, Rate ?? Math.Min(DefaultRateMost, shoppers / (DefaultCrowdSeconds + (RampSeconds / 2))), ramp);
    }
}
