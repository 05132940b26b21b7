using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>The loops of an engine: they run until stopped, and one that dies is noticed.</summary>
public sealed class LedgerEngineTests
{
    [Fact]
    public async Task It_runs_from_start_to_stop()
    {
        await using var host = new EngineOnSqlite();
        Assert.False(host.Engine.IsRunning);
        await host.Engine.Start();
        Assert.True(host.Engine.IsRunning);
        await host.Engine.Stop();
        Assert.False(host.Engine.IsRunning);
        Assert.Equal(0, host.Log.Count("died"));
    }

    [Fact]
    public async Task The_stop_waits_for_what_is_at_the_store()
    {
        await using var host = await EngineOnSqlite.Start();
        var ledger = await host.Open("a");
        var (arrived, go) = host.Journal.HoldNext();
        var answer = ledger.Execute(1);
        await arrived;
        var stop = host.Engine.Stop();
        Assert.False(stop.IsCompleted);
        go();
        await stop;
        Assert.Equal(1, await answer);
    }

    [Theory]
    [InlineData(1, 1, 10)]
    [InlineData(20, 1, 40)]
    [InlineData(20, 0, 10)] // A bare check says nothing about how long it takes to write.
    [InlineData(1000, 1, 400)]
    public async Task A_rival_counts_as_at_rest_after_a_time_that_grows_with_what_a_group_takes(int took, int events, int rest)
    {
        await using var host = await EngineOnSqlite.Start();
        var (arrived, go) = host.Journal.HoldNext();
        var ledger = host.Unread("a");
        var answer = events > 0 ? ledger.Execute(1) : host.Engine.Writer.Submit(new LedgerHandle("b", epoch: 0), 0, []);
        await arrived;
        host.Time.Advance(TimeSpan.FromMilliseconds(took));
        go();
        await answer;
        Assert.Equal(TimeSpan.FromMilliseconds(rest), host.Engine.Rest);
    }

    [Fact]
    public async Task A_loop_that_dies_is_told_and_counts_as_the_end_though_the_others_go_on()
    {
        await using var host = await EngineOnSqlite.Start();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        host.Engine.Failed = failed.SetResult;
        var (arrived, go) = host.Journal.HoldNext();
        var blocker = host.Engine.Writer.Submit(new LedgerHandle("blocker", epoch: 0), 0, []);
        await arrived;
        var a = new LedgerHandle("a", epoch: 0);
        _ = host.Engine.Writer.Submit(a, 0, []);
        _ = host.Engine.Writer.Submit(a, 5, []); // No ledger does this: it is a bug.
        go();
        await blocker;
        await failed.Task;
        while (host.Engine.IsRunning) await Task.Yield();
        Assert.Equal(1, host.Log.Count("died"));
        Assert.Equal(default, (await host.Engine.Reads.Ask(new LedgerRead("a", After: null, 1))).Head);
    }
}
