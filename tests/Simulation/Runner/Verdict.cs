namespace FlashSale.Simulation.Tests;

/// <summary>What became of one run.</summary>
internal sealed record Verdict(Recipe Recipe, SimulationRun? Run, Findings Findings, IReadOnlyList<string> Broken)
{
    public bool Holds => Broken.Count == 0;

    /// <summary>Which promises were broken: <c>P1</c> to <c>P8</c>, <c>truth</c>, <c>linear</c>, <c>live</c>, or <c>run</c> where it did not come to its end.</summary>
    public IReadOnlyList<string> Promises => [.. Broken.Select(b => b.Split(':')[0]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public IReadOnlyList<string> History => Run?.Scheduler.Trace.Lines ?? [];

    public ulong Hash => Run?.Scheduler.Trace.Hash ?? 0;

    public static Verdict Of(Recipe recipe)
    {
        try
        {
            var run = SimulationRun.Of(recipe);
            var findings = run.Judge();
            return new Verdict(recipe, run, findings, run.Failure is { } failure ? [$"run: {failure}", .. findings.Broken] : findings.Broken);
        }
        catch (Exception error)
        {
            return new Verdict(recipe, null, new Findings(), [$"run: {error}"]);
        }
    }
}
