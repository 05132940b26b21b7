using System.Collections.Immutable;
using System.Reflection;
using FlashSale.Contracts;
using FlashSale.Grains.Campaign;
using FlashSale.Testing;
using Orleans;

namespace FlashSale.Grains.Tests.Campaign;

public class BoardKeeperTests
{
    private static readonly Sku Shoe = new("shoe");
    private readonly ManualTimeProvider _time = new();
    private readonly BoardKeeper _keeper;

    public BoardKeeperTests() => _keeper = new BoardKeeper(DispatchProxy.Create<IGrainFactory, Nobody>(), _time, new Clock(_time));

    [Fact]
    public async Task Board_grows_beyond_what_an_activation_with_a_clock_ahead_has_shown()
    {
        _keeper.Show(Settled(), seq: 3);
        var known = _keeper.Board!.Version + 20_000;
        await _keeper.Watch(known);
        Assert.Equal((known + 1, 3L), (_keeper.Board.Version, _keeper.Board.Seq));
        _keeper.Show(Settled() with { Frozen = true }, seq: 4);
        Assert.Equal((known + 2, 4L, true), (_keeper.Board.Version, _keeper.Board.Seq, _keeper.Board.Frozen));
    }

    [Fact]
    public void Events_that_show_nothing_new_leave_the_version()
    {
        _keeper.Show(Settled(), seq: 3);
        var before = _keeper.Board!;
        _keeper.Show(Settled(), seq: 4);
        Assert.Equal((before.Version, 4L), (_keeper.Board!.Version, _keeper.Board.Seq));
    }

    private CampaignState Settled()
    {
        var opens = _time.GetUtcNow();
        var config = new CampaignConfig("Drop", "flow", opens, opens.AddHours(1), LimitPerShopper: 1, HoldSeconds: 60, [new CampaignSku(Shoe, 1, null)]);
        return new CampaignState(new CampaignId("drop")) { Settled = new Settings(config, ImmutableArray.Create(new SkuPrice(Shoe, new Money(1, "CNY")))) };
    }

    private sealed class Clock(ManualTimeProvider time) : ILedgerClock
    {
        public DateTimeOffset Now => time.GetUtcNow();
    }

    public class Nobody : DispatchProxy
    {
        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => throw new TimeoutException("Nobody answers.");
    }
}
