using FlashSale.Grains.Ledger;
using FlashSale.Testing;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>What is remembered of the store between two looks.</summary>
public sealed class StoreHealthTests
{
    private readonly StoreHealth _health = new(new ManualTimeProvider());

    [Fact]
    public void A_verdict_is_news_where_it_differs_from_the_one_before()
    {
        Assert.False(_health.Judge(up: true));
        Assert.True(_health.Judge(up: false));
        Assert.False(_health.Judge(up: false));
        Assert.True(_health.Judge(up: true));
    }

    [Fact]
    public void Many_doubts_between_two_looks_wake_once()
    {
        _health.Doubt();
        Assert.True(_health.Woken().IsCompleted);
        _health.Doubt();
        var woken = _health.Woken();
        Assert.False(woken.IsCompleted);
        _health.Look();
        _health.Doubt();
        Assert.True(woken.IsCompleted);
    }
}
