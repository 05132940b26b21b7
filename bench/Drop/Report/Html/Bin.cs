using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report.Html;

/// <summary>Some seconds in a row of the timeline, as one point or column of a picture.</summary>
internal sealed class Bin
{
    // Wider than this a picture has no room for more.
    const int BinsMax = 240;

    readonly IReadOnlyList<Second> _seconds;

    Bin(int from, double to, IReadOnlyList<Second> seconds)
    {
        (From, To, _seconds) = (from, to, seconds);
        foreach (var second in seconds)
            Latency.Add(second.LatencyOfTurns);
    }

    public double From { get; }

    public double To { get; }

    public double Middle => (From + To) / 2;

    public int Seconds => _seconds.Count;

    public LatencyHistogram Latency { get; } = new();

    public double DuePerSecond => _seconds.Sum(second => second.Due) / (To - From);

    public double StartedPerSecond => _seconds.Sum(second => second.Started) / (To - From);

    public string Name => Seconds == 1 ? $"second {From:0}" : $"seconds {From:0} to {To:0}";

    /// <summary>All have the same length, but the last, which ends with the drop.</summary>
    public static IReadOnlyList<Bin> Of(Timeline timeline)
    {
        var size = (timeline.Seconds.Count + BinsMax - 1) / BinsMax;
        var bins = timeline.Seconds.Chunk(Math.Max(size, 1))
            .Select((seconds, i) => new Bin(i * size, Math.Min((i * size) + seconds.Length, End(timeline)), seconds))
            .ToList();
        return bins.Count > 0 ? bins : [new Bin(0, 1, [new Second()])];
    }

    public double AnswersPerSecond(AnswerKind kind) => _seconds.Sum(second => second[kind]) / (To - From);

    // At least half a second into the last one, lest a handful of answers look like a storm.
    static double End(Timeline timeline) => Math.Max(timeline.Length.TotalSeconds, timeline.Seconds.Count - 0.5);
}
