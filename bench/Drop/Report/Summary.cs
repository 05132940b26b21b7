using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report;

/// <summary>The result for a reader: what was run, what was answered how fast, what the ledger says, the verdict.</summary>
internal static class Summary
{
    // A turn that starts later than this because of the driver's own clock would show in the latencies.
    static readonly TimeSpan LagTolerable = TimeSpan.FromMilliseconds(50);

    public static void Write(DropResult result, TextWriter output)
    {
        var speed = result.Curve is null ? Closed(result) : Open(result);
        var lines = Crowd(result).Concat(Answers(result)).Concat(speed).Concat(Fault(result)).Concat(Bystanders(result)).Concat(Ledger(result));
        output.WriteLine();
        foreach (var (label, value) in lines)
            output.WriteLine($"{label,-16}{value}");
        WriteVerdict(result.Differences, output);
    }

    /// <summary>What the driver could not do itself, in a sentence; null when it could.</summary>
    public static string? Excuse(DropResult result) =>
        result.Curve is not null && result.Timeline.LagMax > LagTolerable
            ? $"the driver could not keep up with its own schedule: {Text.Milliseconds(result.Timeline.LagMax)} late at worst, which is in the latencies; "
                + "this machine is too small or too busy for this rate"
            : null;

    public static string Describe(ArrivalCurve curve) => curve switch
    {
        SpikeCurve spike => $"spike of {spike.Peak:0}/s after {spike.Ramp.TotalSeconds:0.#} s, then a tail of {spike.Tail.TotalSeconds:0} s",
        _ => $"steady {curve.Peak:0}/s for {curve.Length.TotalSeconds:0.#} s",
    };

    static IEnumerable<(string, string)> Crowd(DropResult result)
    {
        var (options, tally) = (result.Options, result.Tally);
        yield return ("campaign", result.Plan.Campaign);
        yield return ("servers", $"{string.Join(", ", result.Servers.Select(server => server.Authority))}{(result.Store is null ? "" : $" on {result.Store}")}");
        yield return ("stock", $"{options.Stock}, limit {options.Limit} a shopper");
        yield return ("shoppers", $"{options.Shoppers} on {result.Lanes} connections, seed {options.Seed}; logins {Rate(options.Shoppers, result.LoginsTook)}/s");
        yield return ("crowd", $"{tally.DoubleTaps} double taps, {tally.Desertions} desertions, {tally.Abandonments} abandonments, {tally.Returns} returns, {tally.Repeats} repeats of accepted keys");
    }

    static IEnumerable<(string, string)> Answers(DropResult result)
    {
        var tally = result.Tally;
        yield return ("requests", $"{tally.Requests} in {result.End.Took.TotalSeconds:0.0} s");
        yield return ("answers", $"201 {tally[AnswerKind.Held]}, sold_out {tally[AnswerKind.SoldOut]}, limit_reached {tally[AnswerKind.LimitReached]}, 204 {tally[AnswerKind.Released]}");
        yield return ("", $"overloaded {tally[AnswerKind.Overloaded]}, rate_limited {tally[AnswerKind.RateLimited]}");
        yield return ("", tally.Odd.Count == 0 ? "nothing odd" : $"{(result.IsOk ? "" : "odd: ")}{string.Join(", ", tally.Odd.Select(odd => $"{odd.Key} {odd.Value.Count}"))}");
    }

    static IEnumerable<(string, string)> Closed(DropResult result)
    {
        var (latency, rush) = (result.Timeline.Latency(), result.Rush);
        yield return ("rate", $"{Rate(rush.Requests, rush.Took)} answers/s in the rush: {rush.Requests} until everybody was served once, in {rush.Took.TotalSeconds:0.00} s");
        yield return ("", $"{Rate(latency.Count, result.End.Took)} answers/s over the whole drop, the crowd's pauses included");
        yield return ("latency", Percentiles(latency));
        yield return ("", "closed loop: each connection sends when it was answered, so a stall is felt by few requests");
    }

    static IEnumerable<(string, string)> Open(DropResult result)
    {
        var timeline = result.Timeline;
        yield return ("arrivals", Describe(result.Curve!));
        var busiest = timeline.Seconds.MaxBy(second => second.Due);
        yield return ("", $"in the busiest second {busiest?.Due ?? 0} turns came due and {busiest?.Started ?? 0} started");
        yield return ("", $"started late by p50 {Ms(timeline.Starts, 50)}, p99 {Ms(timeline.Starts, 99)}, max {Text.Milliseconds(timeline.Starts.Max)}: {Busy(result)}");
        yield return ("", Excuse(result) ?? $"the driver's own clock was late by at most {Text.Milliseconds(timeline.LagMax)}");
        yield return ("latency", Percentiles(timeline.Latency()));
        yield return ("", "open loop: counted from when it was the shopper's turn, the wait for a connection included");
        yield return ("decided", $"{Percentiles(timeline.Decisions)}: from a shopper's arrival to its first yes or no, retries included");
    }

    static string Busy(DropResult result) =>
        result.Lanes == result.Options.ConnectionsMost ? $"at times all {result.Lanes} connections were busy" : $"{result.Lanes} of {result.Options.ConnectionsMost} connections were enough";

    static IEnumerable<(string, string)> Fault(DropResult result)
    {
        if (result.Fault is not { } fault)
            yield break;
        yield return ("kill", $"{fault.Name} was killed after {fault.At.TotalSeconds:0.0} s, and was up again {Text.Milliseconds(fault.Down)} later");
        var silence = Text.Milliseconds(result.Timeline.SilenceMax);
        yield return ("", $"nobody heard yes or no for {silence} at worst; unavailable {result.Tally[AnswerKind.Unavailable]}, connections broken {result.Tally[AnswerKind.Broken]}");
    }

    static IEnumerable<(string, string)> Bystanders(DropResult result)
    {
        if (result.Bystanders is { } seen)
            yield return ("bystanders", $"{seen.Listeners} event streams got {seen.Boards} boards; {seen.Slow} slow connections, cut {seen.Cuts} times");
    }

    static IEnumerable<(string, string)> Ledger(DropResult result)
    {
        var sku = result.Sku;
        yield return ("shelf", $"received {sku.Received}, available {sku.Available}, held {sku.Held}, sold {sku.Sold}, withdrawn {sku.Withdrawn}; {result.End.StillWaiting} shoppers went without");
        yield return ("ledger", $"{result.Ledger.Events} events, {result.Ledger.LiveUnits} units in live holds (never more than {result.Ledger.LiveUnitsMax}), {result.Explained} lost answers asked for at the end");
        foreach (var promise in result.Audit.Promises)
            yield return ("audit " + promise.Id, $"{(promise.Holds ? "holds" : "BROKEN")}, {promise.Checked} checked{(promise.Detail is { Length: > 0 } detail ? ": " + detail : "")}");
        yield return ("audit", result.Audit.Holds ? "all promises hold" : "BROKEN");
    }

    static void WriteVerdict(Differences differences, TextWriter output)
    {
        foreach (var (kind, count, kept) in differences.List())
        {
            output.WriteLine($"DIFFERENCE {kind}: {count}");
            foreach (var text in kept)
                output.WriteLine("  " + text);
            if (count > kept.Count)
                output.WriteLine($"  … and {count - kept.Count} more");
        }

        output.WriteLine(differences.Count == 0 ? "OK" : "DIFFERENCES");
    }

    static string Percentiles(LatencyHistogram latency) =>
        $"p50 {Ms(latency, 50)}, p95 {Ms(latency, 95)}, p99 {Ms(latency, 99)}, p99.9 {Ms(latency, 99.9)}, max {Text.Milliseconds(latency.Max)}";

    static string Ms(LatencyHistogram latency, double percent) => Text.Milliseconds(latency.Percentile(percent));

    static string Rate(long count, TimeSpan took) => took > TimeSpan.Zero ? $"{count / took.TotalSeconds:0}" : "-";
}
