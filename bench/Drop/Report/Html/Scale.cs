namespace FlashSale.Drop.Report.Html;

/// <summary>One axis of a picture: where a value lies between its ends, and the ticks that a reader needs. Pure.</summary>
internal sealed record Scale(double Min, double Max, bool IsLog, IReadOnlyList<(double Value, string Label)> Ticks)
{
    // Lines above each other need more room than numbers beside each other.
    const int TicksUp = 6, TicksAcross = 14;

    /// <summary>0 at the axis' beginning, 1 at its end; values beyond are put there.</summary>
    public double Share(double value)
    {
        var (low, high, at) = IsLog ? (Math.Log10(Min), Math.Log10(Max), Math.Log10(Math.Max(value, Min))) : (Min, Max, value);
        return Math.Clamp((at - low) / (high - low), 0, 1);
    }

    /// <summary>From zero to the next whole tick above the largest value.</summary>
    public static Scale Linear(double largest)
    {
        var step = StepFor(Math.Max(largest, 1) / TicksUp);
        var max = Math.Max(Math.Ceiling(largest / step), 1) * step;
        return new Scale(0, max, IsLog: false, TicksUpTo(max, step));
    }

    /// <summary>From zero to just the largest value: a time axis ends with what happened.</summary>
    public static Scale Exact(double largest)
    {
        var max = largest > 0 ? largest : 1;
        return new Scale(0, max, IsLog: false, TicksUpTo(max, StepFor(max / TicksAcross)));
    }

    /// <summary>Whole decades around the values, at least two, with a tick each.</summary>
    public static Scale Log(double smallest, double largest, Func<double, string> label)
    {
        var low = (int)Math.Floor(Math.Log10(smallest));
        var high = Math.Max((int)Math.Ceiling(Math.Log10(largest)), low + 2);
        return new Scale(Math.Pow(10, low), Math.Pow(10, high), IsLog: true, [.. Enumerable.Range(low, high - low + 1).Select(Tick)]);

        (double, string) Tick(int power) => (Math.Pow(10, power), label(Math.Pow(10, power)));
    }

    /// <summary>The next 1, 2 or 5 times a power of ten.</summary>
    static double StepFor(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * (least / power) switch
        {
            <= 1 => 1,
            <= 2 => 2,
            <= 5 => 5,
            _ => 10,
        };
    }

    static List<(double, string)> TicksUpTo(double max, double step)
    {
        var ticks = new List<(double, string)>();
        // Counted, not added up, so that rounding does not lose the last one.
        for (var i = 0; i * step <= max * (1 + 1e-9); i++)
            ticks.Add((i * step, Number(i * step)));
        return ticks;
    }

    public static string Number(double value) => value.ToString(Math.Abs(value) >= 100 || value == Math.Floor(value) ? "#,##0" : "0.##");
}
