using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report;

/// <summary>The result for a reader: what was run, what was answered how fast, what the ledger says, the verdict.</summary>
internal static class Summary
{
    public static void Write(DropResult result, TextWriter output)
    {
        var lines = Crowd(result).Concat(Answers(result)).Concat(Latency(result)).Concat(Ledger(result));
        output.WriteLine();
        foreach (var (label, value) in lines)
            output.WriteLine($"{label,-16}{value}");
        WriteVerdict(result.Differences, output);
    }

    static IEnumerable<(string, string)> Crowd(DropResult result)
    {
        var (options, tally) = (result.Options, result.Tally);
        yield return ("campaign", result.Plan.Campaign);
        yield return ("stock", $"{options.Stock}, limit {options.Limit} a shopper");
        yield return ("shoppers", $"{options.Shoppers} on {options.Connections} connections, seed {options.Seed}; logins {Rate(options.Shoppers, result.LoginsTook)}/s");
        yield return ("crowd", $"{tally.DoubleTaps} double taps, {tally.Desertions} desertions, {tally.Abandonments} abandonments, {tally.Returns} returns, {tally.Repeats} repeats of accepted keys");
    }

    static IEnumerable<(string, string)> Answers(DropResult result)
    {
        var tally = result.Tally;
        yield return ("requests", $"{tally.Requests} in {result.End.Took.TotalSeconds:0.0} s");
        yield return ("answers", $"201 {tally[AnswerKind.Held]}, sold_out {tally[AnswerKind.SoldOut]}, limit_reached {tally[AnswerKind.LimitReached]}, 204 {tally[AnswerKind.Released]}");
        yield return ("", $"overloaded {tally[AnswerKind.Overloaded]}, rate_limited {tally[AnswerKind.RateLimited]}");
        yield return ("", tally.Odd.Count == 0 ? "nothing odd" : "odd: " + string.Join(", ", tally.Odd.Select(odd => $"{odd.Key} {odd.Value.Count}")));
    }

    static IEnumerable<(string, string)> Latency(DropResult result)
    {
        var latency = result.Tally.Latency;
        var rush = result.Rush;
        yield return ("rate", $"{Rate(rush.Requests, rush.Took)} answers/s in the rush: {rush.Requests} until everybody was served once, in {rush.Took.TotalSeconds:0.00} s");
        yield return ("", $"{Rate(latency.Count, result.End.Took)} answers/s over the whole drop, the crowd's pauses included");
        yield return ("latency", $"p50 {Ms(50)}, p95 {Ms(95)}, p99 {Ms(99)}, p99.9 {Ms(99.9)}, max {latency.Max.TotalMilliseconds:0.0} ms");
        yield return ("", "closed loop: each connection sends when it was answered, so a stall is felt by few requests");

        string Ms(double percent) => $"{latency.Percentile(percent).TotalMilliseconds:0.0} ms";
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

    static string Rate(long count, TimeSpan took) => took > TimeSpan.Zero ? $"{count / took.TotalSeconds:0}" : "-";
}
