namespace FlashSale.Simulation.Tests;

/// <summary>Some hundred seeds of the whole system; the seed in a failure is all that is needed to see it again.</summary>
public sealed class SeedTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const ulong Standard = 150;
    private const int Fresh = 150;

    /// <summary>Always the same ones, and enough of them that each rare situation is reached in several.</summary>
    [Fact]
    public void Every_promise_holds_over_the_standard_seeds_and_every_rare_situation_is_reached()
    {
        var seeds = Run(Enumerable.Range(1, (int)Standard).Select(s => (ulong)s));
        Assert.True(!seeds.NeverReached.Any(), $"never reached: {string.Join(", ", seeds.NeverReached.Select(s => s.Name))}");
    }

    /// <summary>Other ones with each commit, so that what is searched grows.</summary>
    [Fact]
    public void Every_promise_holds_over_seeds_that_move_with_the_commit()
    {
        var first = CommitSeeds.First();
        output.WriteLine($"seeds {first}..{first + Fresh - 1}");
        Run(Enumerable.Range(0, Fresh).Select(s => first + (ulong)s));
    }

    /// <summary>Seeds that once found a bug.</summary>
    [Fact]
    public void Every_promise_holds_where_it_once_did_not() => Run(Regressions);

    [Fact]
    [Trait("Tier", "Long")]
    public void Every_promise_holds_over_many_seeds() => Run(Enumerable.Range((int)Standard + 1, 2_000).Select(s => (ulong)s));

    private static readonly ulong[] Regressions = [];

    private ManySeeds Run(IEnumerable<ulong> chosen)
    {
        var seeds = new ManySeeds(Environment.ProcessorCount);
        seeds.Run(chosen.Select(s => new Recipe(s)));
        var report = new StringWriter();
        Report.Summary(seeds, TimeSpan.FromSeconds(1), report);
        if (seeds.Failures is [var failure, ..]) Report.Failure(failure, report);
        output.WriteLine(report.ToString());
        Assert.True(seeds.Failed == 0, report.ToString());
        return seeds;
    }
}
