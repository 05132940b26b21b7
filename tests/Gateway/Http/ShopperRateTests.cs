using FlashSale.Contracts;
using FlashSale.Gateway.Http;
using FlashSale.Testing;

namespace FlashSale.Gateway.Tests.Http;

public sealed class ShopperRateTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void A_rested_shopper_may_burst_and_then_goes_at_the_rate()
    {
        var rate = new ShopperRate(_time, 10, 20);
        for (var i = 0; i < 20; i++) Assert.Null(rate.Take(Sample.Shopper));
        Assert.Equal(TimeSpan.FromMilliseconds(100), rate.Take(Sample.Shopper));
        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal(TimeSpan.FromMilliseconds(1), rate.Take(Sample.Shopper));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(rate.Take(Sample.Shopper));
        Assert.NotNull(rate.Take(Sample.Shopper));
        _time.Advance(TimeSpan.FromSeconds(2));
        for (var i = 0; i < 20; i++) Assert.Null(rate.Take(Sample.Shopper));
        Assert.NotNull(rate.Take(Sample.Shopper));
    }

    [Fact]
    public void A_refused_call_costs_nothing()
    {
        var rate = new ShopperRate(_time, 1, 1);
        Assert.Null(rate.Take(Sample.Shopper));
        for (var i = 0; i < 100; i++) Assert.Equal(TimeSpan.FromSeconds(1), rate.Take(Sample.Shopper));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(rate.Take(Sample.Shopper));
    }

    [Fact]
    public void A_flood_of_shoppers_stays_within_bounded_memory_and_all_get_through()
    {
        var rate = new ShopperRate(_time, 10, 20);
        for (var i = 0; i < 600_000; i++) Assert.Null(rate.Take(new ShopperId("s" + i)));
        Assert.InRange(rate.Count, 1, ShopperRate.Parts * ShopperRate.MostPerPart);
    }
}
