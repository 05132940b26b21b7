using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report.Html;

/// <summary>The report's figures in tables of two columns.</summary>
internal static class Tables
{
    public static IEnumerable<(string Title, IReadOnlyList<(string Name, string Value)> Rows)> Of(DropResult result)
    {
        var (tally, timeline, sku, ledger) = (result.Tally, result.Timeline, result.Sku, result.Ledger);
        yield return ("Answers", [.. Answers(tally), .. Odd(tally)]);
        yield return ("Latency of holds", Percentiles(timeline.Latency()));
        if (result.Curve is not null)
        {
            yield return ("Until a shopper's first yes or no, retries included", Percentiles(timeline.Decisions));
            yield return ("From a turn's time to its start", Percentiles(timeline.Starts));
        }

        yield return ("The crowd", Counts(
            ("double taps", tally.DoubleTaps),
            ("desertions", tally.Desertions),
            ("abandonments", tally.Abandonments),
            ("returns", tally.Returns),
            ("repeats of accepted keys", tally.Repeats)));
        yield return ("The shelf", Counts(
            ("received", sku.Received), ("available", sku.Available), ("held", sku.Held), ("sold", sku.Sold), ("withdrawn", sku.Withdrawn)));
        yield return ("The ledger", Counts(
            ("events", ledger.Events),
            ("units in live holds", ledger.LiveUnits),
            ("never more than", ledger.LiveUnitsMax),
            ("lost answers asked for at the end", result.Explained)));
        if (result.Fault is { } fault)
            yield return ("The kill",
            [
                ("killed", fault.Name),
                ("after", Text.Milliseconds(fault.At)),
                ("up again after", Text.Milliseconds(fault.Down)),
                ("longest without a yes or no", Text.Milliseconds(timeline.SilenceMax)),
            ]);
    }

    static IEnumerable<(string, string)> Answers(Tally tally) =>
        Enum.GetValues<AnswerKind>().Where(kind => kind != AnswerKind.Odd && tally[kind] > 0).Select(kind => (Answer.NameOf(kind), Count(tally[kind])));

    // What is retried has a name of its own in the list of kinds; the rest is told by its code.
    static IEnumerable<(string, string)> Odd(Tally tally) =>
        tally.Odd
            .Where(odd => !odd.Key.EndsWith(DropOptions.Unavailable, StringComparison.Ordinal))
            .Where(odd => !odd.Key.EndsWith(DropOptions.BrokenConnection, StringComparison.Ordinal))
            .Select(odd => ("odd: " + odd.Key, Count(odd.Value.Count)));

    static IReadOnlyList<(string, string)> Percentiles(LatencyHistogram latency) =>
    [
        ("half of them (p50)", Text.Milliseconds(latency.Percentile(50))),
        ("p95", Text.Milliseconds(latency.Percentile(95))),
        ("p99", Text.Milliseconds(latency.Percentile(99))),
        ("p99.9", Text.Milliseconds(latency.Percentile(99.9))),
        ("the longest", Text.Milliseconds(latency.Max)),
    ];

    static IReadOnlyList<(string, string)> Counts(params (string Name, long Count)[] rows) => [.. rows.Select(row => (row.Name, Count(row.Count)))];

    static string Count(long count) => count.ToString("#,##0");
}
