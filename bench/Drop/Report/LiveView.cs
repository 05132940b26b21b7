using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report;

/// <summary>A drop that is going on, at one moment.</summary>
/// <param name="Arrived">Null in a closed loop, where all are there from the start.</param>
/// <param name="Answers">By kind, per second, over the last seconds.</param>
/// <param name="Latency">Of the same answers.</param>
internal sealed record LiveState(
    TimeSpan Elapsed,
    long Stock,
    long Left,
    int Shoppers,
    int? Arrived,
    long Requests,
    long Held,
    long SoldOut,
    int Acting,
    int Waiting,
    int Lanes,
    int LanesMost,
    IReadOnlyList<double> Answers,
    LatencyHistogram Latency,
    Mark? LastMark)
{
    public string Line()
    {
        var arrived = Arrived is { } count ? $"arrived {count}, " : "";
        var latency = Latency.Count > 0 ? $", p50 {Ms(50)}, p99 {Ms(99)}" : "";
        var mark = LastMark is { } last ? $", {last.Text} at {last.At.TotalSeconds:0.0} s" : "";
        return $"{Elapsed.TotalSeconds:0} s: {arrived}requests {Requests}, 201 {Held}, sold_out {SoldOut}, on the shelf {Left}, acting {Acting}, waiting {Waiting}{latency}{mark}";
    }

    public string Ms(double percent) => Text.Milliseconds(Latency.Percentile(percent));
}

/// <summary>Looks at a drop that is going on.</summary>
internal sealed class LiveView(
    DropOptions options, Schedule? schedule, Floor floor, ShelfWatch watch, LanePool lanes, Timeline timeline, TimeProvider time)
{
    const int RecentSeconds = 3;

    public LiveState Look()
    {
        var now = time.GetElapsedTime(0);
        var (answers, latency) = timeline.Recent(now, RecentSeconds);
        var arrived = schedule?.Arrived;
        return new LiveState(
            timeline.IsOpen ? now - timeline.Origin : timeline.Length,
            options.Stock,
            watch.Available,
            options.Shoppers,
            arrived,
            lanes.Sum(tally => tally.Requests),
            lanes.Sum(tally => tally[AnswerKind.Held]),
            lanes.Sum(tally => tally[AnswerKind.SoldOut]),
            floor.Active - (options.Shoppers - (arrived ?? options.Shoppers)),
            floor.Waiting,
            lanes.All.Count,
            lanes.Bound,
            answers,
            latency,
            timeline.LastMark);
    }
}
