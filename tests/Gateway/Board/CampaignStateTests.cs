using FlashSale.Contracts;
using FlashSale.Gateway.Board;

namespace FlashSale.Gateway.Tests.Board;

public sealed class CampaignStateTests
{
    [Theory]
    [InlineData(-61, false, false, false, "scheduled")]
    [InlineData(-61, true, false, false, "scheduled")]
    [InlineData(-61, false, true, false, "closed")]
    [InlineData(-60, false, false, false, "open")]
    [InlineData(0, false, false, false, "open")]
    [InlineData(0, false, false, true, "soldOut")]
    [InlineData(0, true, false, false, "frozen")]
    [InlineData(0, true, false, true, "frozen")]
    [InlineData(0, true, true, true, "closed")]
    [InlineData(3599, false, false, false, "open")]
    [InlineData(3600, false, false, false, "closed")]
    public void State_follows_from_ledger_time_flags_and_stock(int seconds, bool frozen, bool closed, bool soldOut, string state)
    {
        var now = Sample.Start.AddSeconds(seconds);
        var sku = Sample.Board.Skus[0] with { Availability = soldOut ? Availability.SoldOut : Availability.Low };
        var pool = Sample.View.Pools[0] with { Pool = new PoolView(Sample.Campaign, soldOut ? 0 : 1, 3, 4) };
        Assert.Equal(state, CampaignState.Of(Sample.Board with { Frozen = frozen, Closed = closed, Skus = [sku] }, now));
        Assert.Equal(state, CampaignState.Of(Sample.View with { Frozen = frozen, Closed = closed, Pools = [pool] }, now));
    }

    [Fact]
    public void One_SKU_that_is_left_keeps_the_campaign_open()
    {
        var soldOut = Sample.Board.Skus[0] with { Availability = Availability.SoldOut };
        Assert.Equal("open", CampaignState.Of(Sample.Board with { Skus = [soldOut, Sample.Board.Skus[0] with { Sku = new Sku("other") }] }, Sample.Start));
    }

    [Fact]
    public void A_board_without_SKUs_is_not_sold_out() =>
        Assert.Equal("open", CampaignState.Of(Sample.Board with { Skus = [] }, Sample.Start));
}
