namespace FlashSale.Drop.Arrivals;

/// <summary>When a crowd comes: arrivals per second over the time since the opening. Pure.</summary>
internal abstract record ArrivalCurve
{
    /// <summary>From the opening until the last arrival.</summary>
    public abstract TimeSpan Length { get; }

    /// <summary>The most arrivals per second.</summary>
    public abstract double Peak { get; }

    /// <summary>Arrivals per second at a time since the opening.</summary>
    public abstract double RateAt(TimeSpan time);

    /// <summary>When a given share of the crowd (0 to 1) has come: the inverse of the curve's integral.</summary>
    public abstract TimeSpan TimeOf(double share);

    /// <summary>
    /// Arrival times in order. Each shopper's is drawn by itself, as people decide by themselves, so arrivals bunch as in a Poisson process
    /// of the curve's rate.
    /// </summary>
    public TimeSpan[] Draw(int shoppers, Random random)
    {
        var times = new TimeSpan[shoppers];
        for (var i = 0; i < shoppers; i++)
            times[i] = TimeOf(random.NextDouble());
        Array.Sort(times);
        return times;
    }
}

/// <summary>The same rate from the first to the last.</summary>
internal sealed record SteadyCurve(int Shoppers, double Rate) : ArrivalCurve
{
    public override TimeSpan Length => TimeSpan.FromSeconds(Shoppers / Rate);

    public override double Peak => Rate;

    public override double RateAt(TimeSpan time) => time < Length ? Rate : 0;

    public override TimeSpan TimeOf(double share) => Length * share;
}

/// <summary>
/// A drop's own shape: from nothing to the peak in a straight line, then an exponentially decaying tail that ends where it has come down to a
/// hundredth of the peak.
/// </summary>
/// <param name="Decay">The tail's time constant: in it the rate falls to 1/e.</param>
internal sealed record SpikeCurve(double Highest, TimeSpan Ramp, TimeSpan Decay) : ArrivalCurve
{
    public const double TailEnd = 0.01;

    static readonly double DecaysInTail = Math.Log(1 / TailEnd);

    public TimeSpan Tail => Decay * DecaysInTail;

    public override TimeSpan Length => Ramp + Tail;

    public override double Peak => Highest;

    double InRamp => Highest * Ramp.TotalSeconds / 2;

    double Arrivals => InRamp + (Highest * Decay.TotalSeconds * (1 - TailEnd));

    /// <summary>The tail follows from the peak: it takes whom the ramp did not. Null when the ramp alone would take more than all.</summary>
    public static SpikeCurve? WithPeak(int shoppers, double peak, TimeSpan ramp)
    {
        var decay = ((shoppers / peak) - (ramp.TotalSeconds / 2)) / (1 - TailEnd);
        return decay > 0 ? new SpikeCurve(peak, ramp, TimeSpan.FromSeconds(decay)) : null;
    }

    /// <summary>The peak follows from the tail.</summary>
    public static SpikeCurve WithTail(int shoppers, TimeSpan ramp, TimeSpan tail)
    {
        var decay = tail / DecaysInTail;
        return new SpikeCurve(shoppers / ((ramp.TotalSeconds / 2) + (decay.TotalSeconds * (1 - TailEnd))), ramp, decay);
    }

    public override double RateAt(TimeSpan time) =>
        time < Ramp ? Highest * (time / Ramp)
        : time < Length ? Highest * Math.Exp(-((time - Ramp) / Decay))
        : 0;

    public override TimeSpan TimeOf(double share)
    {
        var arrived = share * Arrivals;
        if (arrived < InRamp)
            return TimeSpan.FromSeconds(Math.Sqrt(2 * Ramp.TotalSeconds * arrived / Highest));
        var left = 1 - ((arrived - InRamp) / (Highest * Decay.TotalSeconds));
        return Ramp + (Decay * -Math.Log(left));
    }
}
