using System.CommandLine;
using System.Globalization;

namespace FlashSale.Simulation.Tests;

/// <summary>The command line. Exit code 0: every promise held; 1: one did not, or a rare situation was never reached; 2: bad options.</summary>
internal sealed class SimulateCommand(TextWriter output, TextWriter errors, TimeProvider time)
{
    /// <summary>A run of so many seeds must reach every rare situation.</summary>
    public const int EnoughSeeds = 300;

    private const int ShrunkMost = 3;
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(10);

    private readonly Option<string> _seeds = new("--seeds") { Description = "Seeds, FIRST..LAST.", DefaultValueFactory = _ => $"1..{EnoughSeeds}" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "One seed." };
    private readonly Option<bool> _history = new("--history") { Description = "Print the readable history of the one seed." };
    private readonly Option<int> _jobs = new("--jobs") { Description = "Seeds at once; 1-256.", DefaultValueFactory = _ => Environment.ProcessorCount };
    private readonly Option<bool> _hashes = new("--hashes") { Description = "Print only each seed and the hash of its trace." };
    private readonly Option<bool> _untilFailure = new("--until-failure") { Description = "Stop at the first seed that fails, and say only which promise it broke." };

    public int Run(string[] args)
    {
        var root = new RootCommand("Simulates whole clusters, one a seed, and checks every promise.") { _seeds, _seed, _history, _jobs, _hashes, _untilFailure };
        root.SetAction(Run);
        var result = root.Parse(args);
        if (result.Errors.Count > 0) return Refuse(string.Join(' ', result.Errors.Select(e => e.Message)));
        return result.Invoke(new InvocationConfiguration { Output = output, Error = errors });
    }

    private int Run(ParseResult options)
    {
        var jobs = options.GetValue(_jobs);
        if (jobs is < 1 or > 256) return Refuse("--jobs must be 1-256.");
        if (options.GetValue(_seed) is { } one) return options.GetValue(_history) ? History(one) : Many(new SeedRange(one, 1), jobs, options);
        if (options.GetValue(_history)) return Refuse("--history is for one --seed.");
        return SeedRange.TryParse(options.GetValue(_seeds)!, out var seeds) ? Many(seeds, jobs, options) : Refuse("--seeds wants FIRST..LAST, for example 1..1000.");
    }

    private int History(ulong seed)
    {
        var verdict = Verdict.Of(new Recipe(seed));
        foreach (var line in verdict.History) output.WriteLine(line);
        foreach (var broken in verdict.Broken) output.WriteLine(broken);
        return verdict.Holds ? 0 : 1;
    }

    private int Many(SeedRange seeds, int jobs, ParseResult options)
    {
        var (begun, shown) = (time.GetTimestamp(), time.GetTimestamp());
        var quiet = options.GetValue(_hashes) || options.GetValue(_untilFailure);
        var many = new ManySeeds(jobs, Progress);
        many.Run(seeds.All.Select(s => new Recipe(s)), options.GetValue(_untilFailure));
        if (options.GetValue(_hashes)) return Hashes(many);
        if (options.GetValue(_untilFailure)) return Caught(many);

        Report.Summary(many, time.GetElapsedTime(begun), output);
        foreach (var failure in many.Failures) output.WriteLine($"seed {failure.Recipe.Seed} broke {string.Join(", ", failure.Promises)}: {failure.Broken[0]}");
        foreach (var failure in many.Failures.Take(ShrunkMost))
        {
            var (smallest, runs) = Shrinker.Shrink(failure);
            output.WriteLine($"\nseed {failure.Recipe.Seed}, made smaller in {runs} runs:");
            Report.Failure(smallest, output);
        }

        return many.Failed > 0 ? 1 : Reached(many);

        void Progress(ManySeeds so, Verdict verdict)
        {
            if (quiet || time.GetElapsedTime(shown) < ProgressEvery) return;
            shown = time.GetTimestamp();
            errors.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{so.Done} of {seeds.Count} seeds, {so.Done / time.GetElapsedTime(begun).TotalSeconds:0.0} a second, {so.Failed} failed"));
        }
    }

    private int Reached(ManySeeds many)
    {
        foreach (var situation in many.NeverReached) output.WriteLine($"never reached: {situation.Name}");
        return many.Done >= EnoughSeeds && many.NeverReached.Any() ? 1 : 0;
    }

    private int Hashes(ManySeeds many)
    {
        foreach (var (seed, hash) in many.Hashes) output.WriteLine($"{seed} {hash:x16}");
        return many.Failed > 0 ? 1 : 0;
    }

    private int Caught(ManySeeds many)
    {
        if (many.Failures is not [var failure, ..])
        {
            output.WriteLine($"not caught by {many.Done} seeds");
            return 0;
        }

        output.WriteLine($"caught by {many.Done} seeds: {string.Join(", ", failure.Promises)}");
        output.WriteLine($"seed {failure.Recipe.Seed}: {failure.Broken[0]}");
        return 1;
    }

    private int Refuse(string problem)
    {
        errors.WriteLine($"simulate: {problem} --help lists the options.");
        return 2;
    }
}
