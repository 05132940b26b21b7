namespace FlashSale.Simulation.Tests;

/// <summary>P6 of the clocks themselves: ledger clocks that do what they must not.</summary>
public sealed class ClocksTests
{
    private static readonly DateTimeOffset Start = SimScheduler.Epoch;

    private readonly Clocks _clocks = new();
    private readonly List<Commit> _commits = [];

    [Fact]
    public void Clock_that_runs_a_percent_fast_breaks_nothing()
    {
        Shows(0, 0);
        Shows(60, 60.6);
        Shows(120, 120.6);
        Assert.Empty(Judge());
    }

    [Fact]
    public void Clock_that_goes_back_breaks_P6()
    {
        Shows(0, 0);
        Shows(1, -0.5);
        AssertBroken("went back");
    }

    [Fact]
    public void Clock_that_steps_breaks_P6()
    {
        Shows(0, 0);
        Shows(1, 3);
        AssertBroken("stepped");
    }

    [Fact]
    public void Clock_that_does_not_begin_with_the_stores_breaks_P6()
    {
        _clocks.Compared("p1", Seconds(0), Seconds(0.01), ledger: null, Start);
        Shows(0.01, 3600);
        AssertBroken("began with");
    }

    [Fact]
    public void Clock_that_is_not_led_after_the_stores_breaks_P6()
    {
        Shows(0, 5);
        Shows(60, 65);
        _clocks.Compared("p1", Seconds(0), Seconds(0), Start.AddSeconds(5), Start);
        _clocks.Compared("p1", Seconds(60), Seconds(60), Start.AddSeconds(65), Start.AddSeconds(60));
        AssertBroken("a minute after");
    }

    [Fact]
    public void Event_of_a_time_that_has_not_come_breaks_P6()
    {
        Shows(0, 0);
        Shows(10, 10);
        _commits.Add(new Commit(0, Seconds(5), "stock/sku-a", new(1, Start.AddSeconds(7), null, 1, "{}"), "p1"));
        AssertBroken("had not come", "showed");
    }

    [Fact]
    public void Two_clocks_are_apart_by_what_they_differ_at_one_moment()
    {
        Shows(0, 0);
        Shows(60, 60);
        _clocks.Shown("p2", Seconds(30), Start.AddSeconds(33));
        _clocks.Shown("p2", Seconds(30.5), Start.AddSeconds(33.5));
        Assert.Empty(Judge());
        Assert.InRange(_clocks.Spread.TotalSeconds, 2.9, 3.8);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private void Shows(double at, double ledger) => _clocks.Shown("p1", Seconds(at), Start.AddSeconds(ledger));

    private IReadOnlyList<string> Judge()
    {
        var findings = new Findings();
        _clocks.Check(_commits, clockSteps: 0, findings);
        return findings.Broken;
    }

    private void AssertBroken(params string[] anyOf) =>
        Assert.Contains(Judge(), b => b.StartsWith("P6:", StringComparison.Ordinal) && anyOf.Any(why => b.Contains(why, StringComparison.Ordinal)));
}
