using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>What is known to be damaged.</summary>
public sealed class QuarantineTests
{
    private const int LedgersMost = 4096;

    private readonly Quarantine _quarantine = new();

    [Fact]
    public void A_ledger_is_news_when_it_comes_and_when_it_goes()
    {
        Assert.False(_quarantine.Remove("a"));
        Assert.True(_quarantine.Add("a"));
        Assert.False(_quarantine.Add("a"));
        Assert.Equal(1, _quarantine.Count);
        Assert.True(_quarantine.Remove("a"));
        Assert.False(_quarantine.Remove("a"));
        Assert.Equal(0, _quarantine.Count);
    }

    [Fact]
    public void It_counts_no_further_than_its_bound()
    {
        for (var i = 0; i < LedgersMost; i++) Assert.True(_quarantine.Add($"{i}"));
        Assert.False(_quarantine.Add("one more"));
        Assert.Equal(LedgersMost, _quarantine.Count);
    }
}
