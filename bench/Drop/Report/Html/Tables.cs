using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report.Html;

/// <summary>The report's figures in tables of two columns.</summary>
internal static class Tables
{
    public static IEnumerable<(string Title, IReadOnlyList<(string Name, string Value)> Rows)> Of(DropResult result)
    {
        var (tally, timeline, sku) = (result.Tally, result.Timeline, result.Sku);
        yield return ("Answers", [.. Enum.GetValues<AnswerKind>().Where(kind => kind != AnswerKind.Odd && tally[kind] > 0).Select(kind => (Answer.NameOf(kind), Count(tally[kind]))), .. Odd(tally)]);
        yield return ("Latency of holds", Percentiles(timeline.Latency()));
        if (result.Curve is not null)
        {
            yield return ("Until a shopper's first yes or no, retries included", Percentiles(timeline.Decisions));
            yield return ("From a turn's time to its start", Percentiles(timeline.Starts));
        }

        yield return ("The crowd", [("double taps", Count(tally.DoubleTaps)), ("desertions", Count(tally.Desertions)), ("abandonments", Count(tally.Abandonments)), ("returns", Count(tally.Returns)), ("repeats of accepted keys", Count(tally.Repeats))]);
        yield return ("The shelf", [("received", Count(sku.Received)), ("available", Count(sku.Available)), ("held", Count(sku.Held)), ("sold", Count(sku.Sold)), ("withdrawn", Count(sku.Withdrawn))]);
        yield return ("The ledger", [("events", Count(result.Ledger.Events)), ("units in live holds", Count(result.Ledger.LiveUnits)), ("never more than", Count(result.Ledger.LiveUnitsMax)), ("lost answers asked for at the end", Count(result.Explained))]);
        if (result.Fault is { } fault)
            yield return ("The kill", [("killed", fault.Name), ("after", Text.Milliseconds(fault.At)), ("up again after", Text.Milliseconds(fault.Down)), ("longest without a yes or no", Text.Milliseconds(timeline.SilenceMax))]);
    }

    // What is retried has a name of its own in the list of kinds; the rest is told by its code.
    static IEnumerable<(string, string)> Odd(Tally tally) =>
        tally.Odd.Where(odd => !odd.Key.EndsWith(DropOptions.Unavailable, StringComparison.Ordinal) && !odd.Key.EndsWith(DropOptions.BrokenConnection, StringComparison.Ordinal))
            .Select(odd => ("odd: " + odd.Key, Count(odd.Value.Count)));

    static IReadOnlyList<(string, string)> Percentiles(LatencyHistogram latency) =>
    [
        ("half of them (p50)", Text.Milliseconds(latency.Percentile(50))),
        ("p95", Text.Milliseconds(latency.Percentile(95))),
        ("p99", Text.Milliseconds(latency.Percentile(99))),
        ("p99.9", Text.Milliseconds(latency.Percentile(99.9))),
        ("the longest", Text.Milliseconds(latency.Max)),
    ];

    static string Count(long count) => count.ToString("#,##0");
}
