using FlashSale.Gateway.Board;
using FlashSale.Gateway.Events;

namespace FlashSale.Gateway.Tests.Events;

/// <summary>When a change of the board is passed on.</summary>
public sealed class BoardFeedTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public void To_a_few_each_change_is_passed_on_at_once()
    {
        var feed = Feed(clients: 500);
        feed.Offer(Copy(8));
        feed.Offer(Copy(9));
        Assert.Equal(2, feed.Told);
    }

    [Fact]
    public void To_many_what_follows_quickly_is_passed_on_together_and_never_lost()
    {
        var feed = Feed(clients: 1000);
        feed.Offer(Copy(8));
        feed.Offer(Copy(9));
        feed.Offer(Copy(10));
        Assert.Equal((1, "10-open"), (feed.Told, feed.Latest.Id));
        _host.Time.Advance(TimeSpan.FromMilliseconds(199));
        feed.Refresh();
        Assert.Equal(1, feed.Told);
        _host.Time.Advance(TimeSpan.FromMilliseconds(1));
        feed.Refresh();
        feed.Refresh();
        Assert.Equal(2, feed.Told);
    }

    [Fact]
    public void No_crowd_waits_longer_than_two_seconds()
    {
        var feed = Feed(clients: 15_000);
        feed.Offer(Copy(8));
        feed.Offer(Copy(9));
        _host.Time.Advance(TimeSpan.FromSeconds(2));
        feed.Refresh();
        Assert.Equal(2, feed.Told);
    }

    private BoardFeed Feed(int clients)
    {
        var feed = new BoardFeed(Copy(7), _host.Service<BoardCache>(), _host.Service<Contracts.ILedgerClock>(), _host.Time, static _ => { });
        for (var i = 0; i < clients; i++) feed.TryAdd(new EventClient(_host.Service<EventHub>(), i, startedAt: 0));
        return feed;
    }

    private static BoardCopy Copy(long version) => new(Sample.Board with { Version = version }, askedAt: 0, new BoardContent());
}
