using FlashSale.Grains.Ledger;
using FlashSale.Testing;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>How long a lost ledger is left alone.</summary>
public sealed class BackoffTests
{
    private const int LedgersMost = 65_536;

    private readonly ManualTimeProvider _time = new();

    [Theory]
    [InlineData(0, 25)]
    [InlineData(0.5, 37.5)]
    [InlineData(0.75, 43.75)]
    public void Half_of_the_wait_is_fixed_and_half_is_drawn(double drawn, double milliseconds)
    {
        var backoff = new Backoff(_time, () => drawn, TimeSpan.FromSeconds(2));
        backoff.Lose("a");
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), backoff.Delay("a"));
        Assert.Equal(TimeSpan.Zero, backoff.Delay("b"));
    }

    [Fact]
    public void It_doubles_up_to_the_longest()
    {
        var backoff = WithoutJitter();
        Assert.Equal([25, 50, 100, 200, 400, 800, 1000, 1000], Enumerable.Range(0, 8).Select(_ => LoseAndAsk(backoff)));
    }

    [Fact]
    public void A_wait_that_is_over_is_nothing_rather_than_less()
    {
        var backoff = WithoutJitter();
        backoff.Lose("a");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, backoff.Delay("a"));
    }

    [Fact]
    public void A_loss_is_remembered_for_ten_seconds_and_then_counts_no_more()
    {
        var backoff = WithoutJitter();
        backoff.Lose("a");
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(50, LoseAndAsk(backoff));
        _time.Advance(TimeSpan.FromSeconds(10) + TimeSpan.FromTicks(1));
        Assert.Equal(25, LoseAndAsk(backoff));
    }

    [Fact]
    public void More_ledgers_than_it_can_remember_are_forgotten_together()
    {
        var backoff = WithoutJitter();
        for (var i = 0; i < LedgersMost; i++) backoff.Lose($"{i}");
        Assert.NotEqual(TimeSpan.Zero, backoff.Delay("0"));
        backoff.Lose("one more");
        Assert.Equal(TimeSpan.Zero, backoff.Delay("0"));
        Assert.NotEqual(TimeSpan.Zero, backoff.Delay("one more"));
    }

    [Fact]
    public void What_was_forgotten_takes_no_room()
    {
        var backoff = WithoutJitter();
        backoff.Lose("old");
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(TimeSpan.Zero, backoff.Delay("old"));
        for (var i = 0; i < LedgersMost; i++) backoff.Lose($"{i}");
        Assert.NotEqual(TimeSpan.Zero, backoff.Delay("0"));
    }

    private static double LoseAndAsk(Backoff backoff)
    {
        backoff.Lose("a");
        return backoff.Delay("a").TotalMilliseconds;
    }

    private Backoff WithoutJitter() => new(_time, () => 0, TimeSpan.FromSeconds(2));
}
