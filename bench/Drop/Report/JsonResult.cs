using System.Text.Encodings.Web;
using System.Text.Json;
using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report;

/// <summary>
/// The whole result for machines. The member names are an interface, described in docs/drop.md and held by a test: new ones may be added. Times are
/// seconds since the opening, latencies milliseconds.
/// </summary>
internal static class JsonResult
{
    static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(DropResult result) => JsonSerializer.Serialize(
        new
        {
            Ok = result.IsOk,
            Run = Run(result),
            Crowd = Crowd(result),
            Answers = Answers(result),
            Arrivals = Arrivals(result),
            LatencyMs = Percentiles(result.Timeline.Latency()),
            DecidedMs = Percentiles(result.Timeline.Decisions),
            Kill = Kill(result),
            result.Bystanders,
            Shelf = Shelf(result),
            result.Audit,
            Differences = result.Differences.List().Select(difference => new { difference.Kind, difference.Count, Texts = difference.Kept }),
            Seconds = result.Timeline.Seconds.Select(Of),
            SellDown = SellDown.Of(result).Select(point => new[] { Round(point.At), point.Left }),
        },
        Options);

    static object Run(DropResult result) => new
    {
        result.Plan.Campaign,
        result.Plan.Sku,
        OpenedAt = result.OpenedAt.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'"),
        Servers = result.Servers.Select(server => server.GetLeftPart(UriPartial.Authority)),
        result.Store,
        Loop = result.Curve is null ? "closed" : "open",
        result.Options.Stock,
        result.Options.Limit,
        result.Options.Shoppers,
        result.Options.Seed,
        Connections = result.Lanes,
        result.Options.ConnectionsMost,
        LoginSeconds = Round(result.LoginsTook),
        Seconds = Round(result.End.Took),
        result.End.InTime,
        Processors = Environment.ProcessorCount,
    };

    static object Crowd(DropResult result) => new
    {
        result.Tally.Requests,
        result.Tally.DoubleTaps,
        result.Tally.Desertions,
        result.Tally.Abandonments,
        result.Tally.Returns,
        result.Tally.Repeats,
        WentWithout = result.End.StillWaiting,
    };

    static object Answers(DropResult result) => new
    {
        ByCode = ByCode(kind => result.Tally[kind]),
        Odd = result.Tally.Odd.ToDictionary(odd => odd.Key, odd => new { odd.Value.Count, First = odd.Value.Sample }),
    };

    static object? Arrivals(DropResult result) => result.Curve is not { } curve
        ? null
        : new
        {
            Curve = curve is SpikeCurve ? LoopOptions.Spike : LoopOptions.Steady,
            PeakPerSecond = Math.Round(curve.Peak, 3),
            Seconds = Round(curve.Length),
            RampSeconds = curve is SpikeCurve spike ? Round(spike.Ramp) : 0,
            OfferedPerSecondMax = Busiest(result).Due,
            StartedInThatSecond = Busiest(result).Started,
            StartedLateMs = Percentiles(result.Timeline.Starts),
            DriverLateMsMax = Ms(result.Timeline.LagMax),
            KeptUp = Summary.Excuse(result) is null,
        };

    static object? Kill(DropResult result) => result.Fault is not { } fault
        ? null
        : new { fault.Name, At = Round(fault.At), DownSeconds = Round(fault.Down), SilenceSecondsMax = Round(result.Timeline.SilenceMax) };

    static object Shelf(DropResult result) => new
    {
        result.Sku.Received,
        result.Sku.Available,
        result.Sku.Held,
        result.Sku.Sold,
        result.Sku.Withdrawn,
        LedgerEvents = result.Ledger.Events,
        result.Ledger.LiveUnits,
        result.Ledger.LiveUnitsMax,
        LostAnswersExplained = result.Explained,
    };

    static object Of(Second second) => new
    {
        second.Due,
        second.Started,
        Answers = ByCode(kind => second[kind]),
        LatencyMs = Percentiles(second.LatencyOfTurns),
    };

    static Dictionary<string, long> ByCode(Func<AnswerKind, long> count) =>
        Enum.GetValues<AnswerKind>().Where(kind => count(kind) > 0).ToDictionary(Answer.NameOf, count);

    static object? Percentiles(LatencyHistogram latency) => latency.Count == 0
        ? null
        : new
        {
            latency.Count,
            P50 = Ms(latency.Percentile(50)),
            P95 = Ms(latency.Percentile(95)),
            P99 = Ms(latency.Percentile(99)),
            P999 = Ms(latency.Percentile(99.9)),
            Max = Ms(latency.Max),
        };

    static Second Busiest(DropResult result) => result.Timeline.Seconds.MaxBy(second => second.Due) ?? new Second();

    static double Ms(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    static double Round(TimeSpan time) => Math.Round(time.TotalSeconds, 3);
}
