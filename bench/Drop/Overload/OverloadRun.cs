using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;
using FlashSale.Drop.Report;

namespace FlashSale.Drop.Overload;

/// <summary>What is decided in a second; many times that for a while; then the usual again.</summary>
internal sealed class OverloadRun(OverloadOptions options, Uri server, string adminKey, int? process, ProgressDisplay progress, TimeProvider time)
{
    const int UsualConnections = 64, Stock = 100_000_000, MostEach = 99;

    // Before and after, as parts of the flood: 5 s of warming up, 10 s measured, 10 s afterwards around one of 60 s.
    readonly TimeSpan _warmUp = options.Length / 12, _measured = options.Length / 6, _after = options.Length / 6;

    // "As usual": 19 of 20 in each quarter of a second not more than twice as slow as 99 of 100 before, and what nobody notices in any case.
    static readonly TimeSpan Unnoticed = TimeSpan.FromMilliseconds(100);

    /// <returns>Whether everything is as the contract says: no answer but yes, overloaded and rate_limited, and an audit that holds.</returns>
    public async Task<bool> RunAsync(TextWriter output, CancellationToken stop)
    {
        var plan = new DropPlan($"overload-{time.GetUtcNow().ToUnixTimeMilliseconds():x}", Stock, MostEach, HoldSeconds: 86_400);
        using var api = new OperatorApi([server], adminKey, time);
        await DropSetup.OpenAsync(api, plan, time, stop);
        var target = await Target.ResolveAsync(server, plan, stop);
        var load = new Load(target, await LogInAsync(plan, target, stop), time);
        var memory = new ServerMemory(process, time);

        var warmUp = await progress.WhileAsync(load.ClosedAsync(UsualConnections, _warmUp, stop), () => "warming up");
        var usual = await progress.WhileAsync(load.ClosedAsync(UsualConnections, _measured, stop), () => "measuring what is decided in a second");
        if (Held(usual) == 0)
            throw new DropException($"No purchase was taken, so there is nothing to take a multiple of. Answers: {string.Join(", ", usual.Codes.Keys)}.");
        var capacity = Held(usual) / (usual.End - usual.Start).TotalSeconds;
        var before = memory.Look();
        var flood = memory.WhileAsync(load.OpenAsync(capacity * options.Times, options.Connections, options.Length, stop));
        var offered = await progress.WhileAsync(flood, () => $"offering {capacity * options.Times:0} a second");
        var after = await progress.WhileAsync(load.ClosedAsync(UsualConnections, _after, stop), () => "looking how it is afterwards");
        var audit = await progress.WhileAsync(api.AuditAsync(stop), () => "reading the audit");

        await output.WriteLineAsync();
        await output.WriteLineAsync($"server          {server.Authority} on {await api.GetStoreAsync(stop)}");
        await output.WriteLineAsync($"usual           {capacity:0} purchases/s over {UsualConnections} connections; {Percentiles(usual.Codes["201"].FromSending)}");
        await output.WriteLineAsync($"offered         {capacity * options.Times:0}/s for {options.Seconds} s: {offered.Offered}, of which {offered.Offered - offered.Answered} found all {options.Connections} connections busy to the end");
        foreach (var (code, figures) in offered.Codes)
            await WriteAsync(output, code, figures, options.Seconds);
        if (before is not null)
            await output.WriteLineAsync($"memory          {before} MiB before, {memory.Samples.DefaultIfEmpty().Max()} at most, {memory.Look()} afterwards; {Held(offered)} purchases were taken meanwhile");
        await output.WriteLineAsync($"afterwards      {Held(after) / (after.End - after.Start).TotalSeconds:0} purchases/s; {(after.Codes.TryGetValue("201", out var taken) ? Percentiles(taken.FromSending) : "none")}");
        var longest = usual.Codes["201"].FromSending.Percentile(99) * 2;
        await output.WriteLineAsync(after.NormalAfter(longest > Unnoticed ? longest : Unnoticed) is { } normal
            ? $"                as usual {(offered.End - offered.Start).TotalSeconds - options.Seconds + normal.TotalSeconds:0.00} s after the last was offered"
            : $"                not as usual within {_after.TotalSeconds:0} s");
        await output.WriteLineAsync($"audit           {(audit.Holds ? "all promises hold" : "BROKEN: " + audit.Promises.First(promise => !promise.Holds).Detail)}");
        var odd = new[] { warmUp, usual, offered, after }.SelectMany(figures => figures.Codes.Keys).Distinct().Except(["201", "overloaded", "rate_limited"]).ToArray();
        await output.WriteLineAsync(odd.Length == 0 && audit.Holds ? "OK" : $"DIFFERENCES: {string.Join(", ", odd)}");
        return odd.Length == 0 && audit.Holds;
    }

    async Task<Shopper[]> LogInAsync(DropPlan plan, Target target, CancellationToken stop)
    {
        var shoppers = Enumerable.Range(0, options.Shoppers).Select(i => new Shopper($"{plan.Run}-{i}", Habits.None, TimeSpan.Zero)).ToArray();
        var timeline = new Timeline();
        var lanes = Enumerable.Range(0, UsualConnections).Select(_ => new Lane([target], TimeSpan.FromSeconds(60), timeline, time)).ToArray();
        var phase = new LoginPhase(shoppers, time);
        await progress.WhileAsync(phase.RunAsync(lanes, stop), () => $"logins {phase.Done} of {shoppers.Length}");
        foreach (var lane in lanes)
            lane.Dispose();
        return shoppers;
    }

    static async Task WriteAsync(TextWriter output, string code, Figures.Code figures, double seconds)
    {
        await output.WriteLineAsync($"{code,-16}{figures.FromTurn.Count} ({figures.FromTurn.Count / seconds:0}/s); from its turn {Percentiles(figures.FromTurn)}");
        await output.WriteLineAsync($"                from when it was sent {Percentiles(figures.FromSending)}");
        if (figures.Comeback.Count > 0)
            await output.WriteLineAsync($"                to come back after p50 {Text.Milliseconds(figures.Comeback.Percentile(50))}, max {Text.Milliseconds(figures.Comeback.Max)}");
    }

    static long Held(Figures figures) => figures.Codes.TryGetValue("201", out var held) ? held.FromTurn.Count : 0;

    static string Percentiles(LatencyHistogram latencies) =>
        $"p50 {Text.Milliseconds(latencies.Percentile(50))}, p95 {Text.Milliseconds(latencies.Percentile(95))}, p99 {Text.Milliseconds(latencies.Percentile(99))}, max {Text.Milliseconds(latencies.Max)}";
}
