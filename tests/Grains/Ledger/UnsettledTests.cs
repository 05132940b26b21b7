using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

public class UnsettledTests
{
    private readonly Unsettled _unsettled = new();

    [Fact]
    public void Ledger_is_unsettled_until_it_was_taken()
    {
        _unsettled.Add("a");
        Assert.True(_unsettled.Contains("a"));
        _unsettled.Remove("a");
        Assert.False(_unsettled.Contains("a"));
    }

    [Fact]
    public void With_too_many_the_oldest_is_given_up_but_not_one_that_became_so_again()
    {
        _unsettled.Add("again");
        _unsettled.Add("oldest");
        for (var i = 2; i < GroupWriter.QueueMost; i++) _unsettled.Add($"{i}");
        Assert.True(_unsettled.Contains("again") && _unsettled.Contains("oldest"));
        _unsettled.Add("again");
        _unsettled.Add("newest");
        Assert.Equal((true, false, true), (_unsettled.Contains("again"), _unsettled.Contains("oldest"), _unsettled.Contains("newest")));
    }
}
