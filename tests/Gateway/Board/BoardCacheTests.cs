using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Testing;

namespace FlashSale.Gateway.Tests.Board;

public sealed class BoardCacheTests
{
    private readonly FakeGrains _grains = new();
    private readonly ManualTimeProvider _time = new();

    public BoardCacheTests() => _grains.Campaign().Board = Sample.Board;

    [Fact]
    public async Task A_campaign_in_use_is_followed_by_one_long_poll()
    {
        var cache = Cache();
        for (var i = 0; i < 100; i++) Assert.Same(Sample.Board, (await cache.Look(Sample.Campaign))!.Board);
        await GatewayHost.Until(() => _grains.Campaign().Watches == 2); // The first look, and the poll that waits for a change.
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public async Task A_change_arrives_without_anybody_asking()
    {
        var cache = Cache();
        await cache.Look(Sample.Campaign);
        _grains.Campaign().Board = Sample.Board with { Version = 8 };
        await GatewayHost.Until(async () => (await cache.Look(Sample.Campaign))!.Board.Version == 8);
    }

    [Fact]
    public async Task An_answer_of_a_lower_version_comes_from_an_activation_that_lost_its_rights_and_is_ignored()
    {
        var cache = Cache();
        await cache.Look(Sample.Campaign);
        _grains.Campaign().Board = Sample.Board with { Version = 6 };
        Assert.Equal(7, (await cache.LookAfresh(Sample.Campaign))!.Board.Version);
    }

    [Fact]
    public async Task An_answer_with_later_events_counts_though_its_version_is_of_a_clock_that_is_behind()
    {
        var cache = Cache();
        await cache.Look(Sample.Campaign);
        _grains.Campaign().Board = Sample.Board with { Seq = 1, Version = 3, Frozen = true };
        Assert.True((await cache.LookAfresh(Sample.Campaign))!.Board is { Frozen: true, Version: 8 });
    }

    [Fact]
    public async Task Looks_at_an_unknown_campaign_are_coalesced_and_none_relies_on_one_that_left_before_it()
    {
        var cache = Cache();
        var first = new TaskCompletionSource<CampaignBoard?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _grains.Campaign().OnWatch = known => first.Task;
        var early = cache.LookAfresh(Sample.Campaign);
        var late = Enumerable.Range(0, 50).Select(_ => cache.LookAfresh(Sample.Campaign)).ToArray();
        _grains.Campaign().OnWatch = null; // The campaign was made after the first look had left.
        first.SetResult(null);
        Assert.Null(await early);
        Assert.All(await Task.WhenAll(late), copy => Assert.NotNull(copy));
    }

    [Fact]
    public async Task A_failed_look_fails_its_caller_and_the_next_one_asks_again()
    {
        var cache = Cache();
        _grains.Campaign().OnWatch = _ => throw new LedgerUnavailableException("down");
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => cache.LookAfresh(Sample.Campaign));
        _grains.Campaign().OnWatch = null;
        Assert.NotNull(await cache.LookAfresh(Sample.Campaign));
    }

    [Fact]
    public async Task Nothing_is_kept_of_campaigns_that_do_not_exist()
    {
        var cache = Cache();
        _grains.Campaign().Board = null;
        Assert.Null(await cache.Look(Sample.Campaign));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public async Task Beyond_the_bound_boards_are_looked_up_but_not_followed()
    {
        var cache = Cache(maxBoards: 1);
        await cache.Look(Sample.Campaign);
        _grains.Campaign("other").Board = Sample.Board with { Id = new CampaignId("other") };
        Assert.NotNull(await cache.Look(new CampaignId("other")));
        Assert.NotNull(await cache.Look(new CampaignId("other")));
        Assert.Equal((1, 2), (cache.Count, _grains.Campaign("other").Watches));
    }

    [Fact]
    public async Task A_copy_keeps_ageing_while_the_campaign_cannot_be_reached_and_recovers_after()
    {
        var cache = Cache();
        await cache.Look(Sample.Campaign);
        await GatewayHost.Until(() => _grains.Campaign().Watches == 2);
        _grains.Campaign().OnWatch = _ => throw new LedgerUnavailableException("down");
        _grains.Campaign().Board = Sample.Board with { Version = 8 }; // Ends the poll that waits.
        await GatewayHost.Until(async () => (await cache.Look(Sample.Campaign))!.Board.Version == 8);
        await AdvanceUntil(async () => await cache.Look(Sample.Campaign) is not null && _grains.Campaign().Watches >= 6);
        var copy = (await cache.Look(Sample.Campaign))!;
        Assert.True(cache.AgeOf(copy) > TimeSpan.FromMilliseconds(300));
        _grains.Campaign().OnWatch = null;
        _grains.Campaign().Board = Sample.Board with { Version = 9 };
        await AdvanceUntil(async () => (await cache.Look(Sample.Campaign))!.Board.Version == 9);
    }

    [Fact]
    public async Task An_idle_board_is_dropped()
    {
        var cache = Cache(idleSeconds: 5);
        _grains.Campaign().OnWatch = _ => Task.FromResult<CampaignBoard?>(Sample.Board);
        await cache.Look(Sample.Campaign);
        await AdvanceUntil(() => cache.Count == 0);
        Assert.True(_time.GetUtcNow() - Sample.Start >= TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task The_same_version_again_makes_the_copy_young_and_keeps_what_was_written_for_it()
    {
        var cache = Cache();
        _grains.Campaign().OnWatch = _ => Task.FromResult<CampaignBoard?>(Sample.Board with { });
        var before = (await cache.Look(Sample.Campaign))!;
        await AdvanceUntil(async () => (await cache.Look(Sample.Campaign))!.AskedAt > before.AskedAt);
        Assert.Same(before.Content, (await cache.Look(Sample.Campaign))!.Content);
    }

    [Fact]
    public async Task After_stop_nothing_is_followed()
    {
        var cache = Cache();
        await cache.Look(Sample.Campaign);
        cache.Stop();
        Assert.NotNull(await cache.Look(Sample.Campaign));
        Assert.Equal(0, cache.Count);
    }

    private Task AdvanceUntil(Func<bool> done) => AdvanceUntil(() => Task.FromResult(done()));

    private Task AdvanceUntil(Func<Task<bool>> done) => GatewayHost.Until(async () =>
    {
        if (await done()) return true;
        _time.Advance(TimeSpan.FromMilliseconds(50));
        return false;
    });

    private BoardCache Cache(int maxBoards = 10, int idleSeconds = 60) =>
        new(_grains.Factory, _time, new BoardOptions { MaxBoards = maxBoards, IdleSeconds = idleSeconds });
}
