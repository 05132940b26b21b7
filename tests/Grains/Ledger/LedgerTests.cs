using FlashSale.Contracts;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>One activation: what it counts, when it refuses, what it tells. What it promises on any store is in <see cref="LedgerContract"/>.</summary>
public sealed class LedgerTests
{
    [Fact]
    public async Task Its_first_call_may_be_a_command()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", default, [1, 2]);
        var ledger = host.Unread("a");
        Assert.True(ledger.Follows);
        Assert.Equal(6, await ledger.Execute(3));
        Assert.False(ledger.Follows);
        Assert.Equal(0, host.Broken);
    }

    [Fact]
    public async Task Whoever_watches_hears_of_what_became_durable_and_of_nothing_else()
    {
        await using var host = await EngineOnSqlite.Start();
        var (owner, follower) = (await host.Open("a"), await host.Open("a"));
        var (owned, followed) = (0, 0);
        owner.OnAcknowledged = () => owned++;
        follower.OnAcknowledged = () => followed++;
        await owner.Execute(1);
        await owner.Execute(-1);
        Assert.Equal((1, 0), (owned, followed));
        for (var i = 0; i < 2; i++) await follower.Refresh();
        Assert.Equal((1, 1), (owned, followed));
    }

    [Fact]
    public async Task It_is_counted_while_it_is_in_memory_however_often_it_opens_or_closes()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", default, [1]);
        var ledger = host.Unread("a");
        Assert.Equal(0, host.Loaded.Ledgers);
        await ledger.Refresh();
        await ledger.Execute(1); // Takes the right to write, which opens it again.
        Assert.Equal((1, 2), (host.Loaded.Ledgers, host.Loaded.Entries));
        for (var i = 0; i < 2; i++) await ledger.Close();
        Assert.Equal((0, 0), (host.Loaded.Ledgers, host.Loaded.Entries));
    }

    [Fact]
    public async Task One_that_is_closed_before_it_was_read_is_never_counted()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Unread("b").Close();
        Assert.Equal(0, host.Loaded.Ledgers);

        await host.Write("a", default, [1]);
        var ledger = host.Unread("a");
        var (arrived, go) = host.Journal.HoldNextRead();
        var opening = ledger.Refresh();
        await arrived;
        await ledger.Close();
        go();
        await opening;
        Assert.Equal((0, 0), (host.Loaded.Ledgers, host.Loaded.Entries));
    }

    [Fact]
    public async Task What_it_remembers_is_counted_as_it_grows_by_its_own_events_and_by_those_of_others()
    {
        await using var host = await EngineOnSqlite.Start();
        var (owner, follower) = (await host.Open("a"), await host.Open("a"));
        for (var i = 0; i < 3; i++) await owner.Execute(1);
        Assert.Equal(3, host.Loaded.Entries);
        await follower.Refresh();
        Assert.Equal(6, host.Loaded.Entries);
    }

    [Fact]
    public async Task Snapshots_come_further_apart_the_longer_it_is()
    {
        await using var host = await EngineOnSqlite.Start(snapshotEvery: 10);
        var ledger = await host.Open("a");
        for (var seq = 1; seq <= 45; seq++)
        {
            await ledger.Execute(1);
            if (seq is 10 or 20 or 30 or 45) await host.Journal.SnapshotWritten.WaitAsync();
        }

        Assert.Equal([10, 20, 30, 45], host.Journal.Snapshots.Select(s => s.Seq));
    }

    [Fact]
    public async Task While_the_queue_is_full_nothing_is_decided()
    {
        await using var host = await EngineOnSqlite.Start();
        var owner = await host.Open("a");
        var (arrived, go) = host.Journal.HoldNext();
        var first = owner.Execute(1);
        await arrived;
        var filler = host.FillQueue();
        await Assert.ThrowsAsync<LedgerOverloadedException>(() => owner.Execute(1));
        await Assert.ThrowsAsync<LedgerOverloadedException>(owner.ReadSum);
        go();
        Assert.Equal(1, await first);
        await EngineOnSqlite.Unavailable(() => filler);
        Assert.Equal(2, await owner.Execute(1));
        Assert.Equal(0, host.Broken);
    }

    [Fact]
    public async Task Whoever_finds_the_queue_full_after_having_read_is_refused_too()
    {
        await using var host = await EngineOnSqlite.Start();
        var (blocker, follower) = (await host.Open("b"), await host.Open("a"));
        var (arrived, go) = host.Journal.HoldNext();
        var blocked = blocker.Execute(1);
        await arrived;
        var (reads, goOn) = host.Journal.HoldNextRead();
        var look = follower.ReadSum();
        await reads;
        var filler = host.FillQueue();
        goOn();
        await Assert.ThrowsAsync<LedgerOverloadedException>(() => look);
        go();
        await blocked;
        await EngineOnSqlite.Unavailable(() => filler);
    }

    [Fact]
    public async Task Whoever_finds_the_queue_full_after_having_taken_the_right_has_decided_nothing()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", default, [1]);
        var (blocker, follower) = (await host.Open("b"), await host.Open("a"));
        var (arrived, go) = host.Journal.HoldNext();
        var blocked = blocker.Execute(1);
        await arrived;
        var (bumps, goOn) = host.Journal.HoldNextBump();
        var answer = follower.Execute(1);
        await bumps;
        var filler = host.FillQueue();
        goOn();
        await Assert.ThrowsAsync<LedgerOverloadedException>(() => answer);
        go();
        await blocked;
        await EngineOnSqlite.Unavailable(() => filler);
        Assert.Equal(2, await follower.Execute(1));
    }

    [Fact]
    public async Task A_look_while_the_right_is_being_taken_waits_for_that_and_reads_nothing_itself()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", default, [1]);
        var ledger = await host.Open("a");
        var (arrived, go) = host.Journal.HoldNextBump();
        var taking = ledger.Execute(1);
        await arrived;
        var before = host.Journal.Reads;
        var look = ledger.ReadSum();
        await ledger.Begun();
        go();
        Assert.Equal((2, 2), (await taking, await look));
        Assert.Equal(1, host.Journal.Reads - before);
    }

    [Fact]
    public async Task Whoever_fails_to_take_the_right_loses_the_ledger_once_and_says_why()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", default, [1]);
        var ledger = await host.Open("a");
        host.Journal.NextBumpFails();
        Assert.IsType<IOException>((await EngineOnSqlite.Unavailable(() => ledger.Execute(1))).InnerException);
        Assert.Equal((1, TimeSpan.FromMilliseconds(25)), (host.Broken, host.Engine.Reopen.Delay("tally/a")));
        await EngineOnSqlite.Unavailable(ledger.ReadSum);
        Assert.Equal((1, TimeSpan.FromMilliseconds(25)), (host.Broken, host.Engine.Reopen.Delay("tally/a")));
    }

    [Fact]
    public async Task Whoever_fails_to_read_keeps_the_ledger_and_waits_before_the_next_try()
    {
        await using var host = await EngineOnSqlite.Start();
        var ledger = host.Unread("a");
        host.Journal.NextReadFails();
        await EngineOnSqlite.Unavailable(ledger.ReadSum);
        Assert.Equal((0, TimeSpan.FromMilliseconds(25)), (host.Broken, host.Engine.Reopen.Delay("tally/a")));
    }
}
