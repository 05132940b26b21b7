using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace FlashSale.Simulation.Tests;

/// <summary>The program around the simulation: options, exit codes, many seeds at once, failures made smaller.</summary>
public sealed class RunnerTests
{
    [Theory]
    [InlineData("--seeds", "9..1")]
    [InlineData("--seeds", "1-9")]
    [InlineData("--seeds", "1..99999999999")]
    [InlineData("--seed", "one")]
    [InlineData("--jobs", "0")]
    [InlineData("--history")]
    [InlineData("--nonsense")]
    public void Bad_options_are_refused(params string[] args)
    {
        var (code, output, errors) = Simulate(args);
        Assert.Equal((2, ""), (code, output));
        Assert.Contains("--help", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void One_seed_is_told_as_a_history()
    {
        var (code, output, _) = Simulate("--seed", "3", "--history");
        Assert.Equal(0, code);
        Assert.Contains("stock/sku-sku1 0.1 type 1", output, StringComparison.Ordinal);
        Assert.Contains("cluster faults have stopped", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Few_seeds_need_not_reach_every_rare_situation()
    {
        var (code, output, _) = Simulate("--seeds", "1..3", "--jobs", "2");
        Assert.Equal(0, code);
        Assert.Contains("3 seeds in", output, StringComparison.Ordinal);
        Assert.Contains("never reached: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_rare_situation_has_a_name_of_its_own_and_a_sentence()
    {
        Assert.True(Situations.All.Count >= 25);
        Assert.Equal(Situations.All.Count, Situations.All.Select(s => s.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(Situations.All, s => Assert.EndsWith(".", s.Sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void Seeds_that_move_with_the_commit_are_drawn_from_its_hash()
    {
        Assert.Equal(1_000_000UL, CommitSeeds.Of("no hash"));
        Assert.Equal(1_000_000UL + (0x2bab8c5f0123 % 1_000_000_000), CommitSeeds.Of("2bab8c5f0123456789012345678901234567abcd"));
    }

    [Fact]
    [Trait("Tier", "Long")]
    public void A_failure_is_made_smaller_and_still_breaks_the_same_promise()
    {
        var seeds = new ManySeeds(Environment.ProcessorCount);
        seeds.Run(Enumerable.Range(1, 20).Select(s => new Recipe((ulong)s) { Bug = StoreBug.NoFence }), untilFailure: true);
        var failure = seeds.Failures[0];
        var (smallest, _) = Shrinker.Shrink(failure);
        Assert.NotEmpty(smallest.Promises.Intersect(failure.Promises, StringComparer.Ordinal));
        Assert.True(smallest.History.Count < failure.History.Count / 2, $"{failure.History.Count} lines became {smallest.History.Count}");
        var report = new StringWriter();
        Report.Failure(smallest, report);
        Assert.Contains(smallest.Broken[0], report.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Builds the product with bugs in it; ./flashsale mutants tries all of them.</summary>
    [Fact]
    [Trait("Tier", "Long")]
    public void Some_planted_bugs_are_noticed()
    {
        using var mutants = Process.Start(new ProcessStartInfo("bash", [Path.Combine(Root(), "eng", "mutants"), "refusal-without-check", "claim-skipped", "board-says-sold-out"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        var table = mutants.StandardOutput.ReadToEnd();
        mutants.WaitForExit();
        Assert.True(mutants.ExitCode == 0, table);
    }

    private static string Root([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    private static (int Code, string Output, string Errors) Simulate(params string[] args)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = new SimulateCommand(output, errors, TimeProvider.System).Run(args);
        return (code, output.ToString(), errors.ToString());
    }
}
