using System.Text;
using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>How a ledger gets into memory: over snapshots, beside rivals, and not at all where its rows contradict each other.</summary>
public sealed class LedgerReplayTests
{
    private static readonly LedgerHead Unseen = new(0, 0);

    [Theory]
    [InlineData(1, "1000 1", 1005)]
    [InlineData(2, "1000 2", 1000)]
    public async Task A_snapshot_takes_the_place_of_the_events_before_it(long seq, string data, long sum)
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1, 5]);
        await host.Store.WriteSnapshot("tally/a", Snapshot(seq, data));
        Assert.Equal(sum, (await host.Open("a")).Acknowledged.Sum);
    }

    [Theory]
    [InlineData(99, "1000 1", 0)]
    [InlineData(1, "no state", 1)]
    public async Task Where_a_snapshot_cannot_be_used_all_events_are_replayed(int format, string data, int said)
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1, 5]);
        await host.Store.WriteSnapshot("tally/a", Snapshot(1, data) with { Format = format });
        Assert.Equal(new TallyState(6, 2), (await host.Open("a")).Acknowledged);
        Assert.Equal((said, 0), (host.Log.Count("is ignored"), host.Engine.Quarantine.Count));
    }

    [Fact]
    public async Task Who_has_a_state_already_goes_on_from_there_whatever_snapshots_there_are()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1]);
        var follower = await host.Open("a");
        await host.Write("a", new LedgerHead(1, 1), [5]);
        await host.Store.WriteSnapshot("tally/a", Snapshot(2, "1000 2"));
        Assert.Equal(6, await follower.ReadSum());
    }

    [Fact]
    public async Task A_page_that_cannot_be_read_is_no_damage()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1, 5]);
        await host.Store.WriteSnapshot("tally/a", Snapshot(1, "no state"));
        host.Journal.FailsPages = true;
        var error = await EngineOnSqlite.Unavailable(() => host.Open("a"));
        Assert.Equal((false, 0), (error.Damaged, host.Engine.Quarantine.Count));
        host.Journal.FailsPages = false;
        Assert.Equal(6, (await host.Open("a")).Acknowledged.Sum);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_is_overtaken_between_taking_the_right_and_reading_sees_what_it_took_and_is_fenced(bool withSnapshot)
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1]);
        host.Engine.Unsettled.Add("tally/a"); // So that it takes the right before it has read anything.
        host.Journal.BeforeNextRead(async () =>
        {
            await host.Store.Bump(["tally/a"]);
            await host.Write("a", new LedgerHead(3, 1), [5]);
            if (withSnapshot) await host.Store.WriteSnapshot("tally/a", Snapshot(2, "1000 2"));
        });
        var overtaken = await host.Open("a");
        Assert.Equal((1, 1, 2), (overtaken.Acknowledged.Sum, overtaken.AcknowledgedSeq, overtaken.Epoch));
        Assert.True((await EngineOnSqlite.Unavailable(() => overtaken.Execute(1))).Fenced);
        Assert.Equal(0, host.Engine.Quarantine.Count);
        Assert.Equal(2, (await host.Store.ReadEvents("tally/a", 0, 10)).Count);
    }

    [Theory]
    [InlineData("DELETE FROM ledger_event WHERE seq = 2", "event 2 is missing")]
    [InlineData("DELETE FROM ledger_event WHERE seq = 3", "its head says 3 events, but event 3 is missing")]
    [InlineData("UPDATE ledger_head SET seq = 2", "it has events beyond its head, which says 2")]
    [InlineData("UPDATE ledger_event SET payload = '{' WHERE seq = 2", "event 2 (TallyEvent) cannot be read")]
    public async Task Rows_that_contradict_each_other_are_not_served(string damage, string what)
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1, 2, 3]);
        await host.Directory.Execute(damage);
        var error = await EngineOnSqlite.Unavailable(() => host.Open("a"));
        Assert.True(error.Damaged);
        Assert.Contains(what, error.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (host.Engine.Quarantine.Count, host.Broken));
    }

    [Fact]
    public async Task Missing_rows_are_found_also_where_there_are_later_ones_of_a_rival()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1]);
        await host.Directory.Execute("DELETE FROM ledger_event");
        host.Engine.Unsettled.Add("tally/a");
        host.Journal.BeforeNextRead(async () =>
        {
            await host.Store.Bump(["tally/a"]);
            await host.Write("a", new LedgerHead(3, 1), [5]);
        });
        Assert.Contains("event 1 is missing", (await EngineOnSqlite.Unavailable(() => host.Open("a"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_has_gone_back_is_damage()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1, 2]);
        var follower = await host.Open("a");
        await host.Directory.Execute("DELETE FROM ledger_event WHERE seq = 2");
        await host.Directory.Execute("UPDATE ledger_head SET seq = 1");
        Assert.Contains("gone back from 2 to 1", (await EngineOnSqlite.Unavailable(follower.ReadSum)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_waits_behind_a_reading_that_finds_damage_is_refused_without_another_reading()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1]);
        await host.Directory.Execute("UPDATE ledger_event SET type = 77");
        var ledger = host.Unread("a");
        var (arrived, go) = host.Journal.HoldNextRead();
        var first = ledger.ReadSum();
        await arrived;
        var second = ledger.ReadSum();
        await ledger.Begun();
        go();
        Assert.True((await EngineOnSqlite.Unavailable(() => first)).Damaged);
        await EngineOnSqlite.Unavailable(() => second);
        Assert.Equal((1, 1), (host.Journal.Reads, host.Broken));
    }

    [Fact]
    public async Task Damage_is_said_once_and_so_is_its_end()
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1]);
        await host.Directory.Execute("UPDATE ledger_event SET type = 77");
        for (var i = 0; i < 2; i++) await EngineOnSqlite.Unavailable(() => host.Open("a"));
        Assert.Equal((1, 0), (host.Log.Count("is quarantined"), host.Log.Count("served again")));
        await host.Directory.Execute("UPDATE ledger_event SET type = 1");
        for (var i = 0; i < 2; i++) await host.Open("a");
        Assert.Equal((1, 1), (host.Log.Count("is quarantined"), host.Log.Count("served again")));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1000, 0)]
    [InlineData(1001, 1)]
    public async Task An_event_from_more_than_a_second_ahead_of_ledger_time_is_said(int aheadMilliseconds, int said)
    {
        await using var host = await EngineOnSqlite.Start();
        await host.Write("a", Unseen, [1], host.Engine.Clock.Now.AddMilliseconds(aheadMilliseconds));
        await host.Open("a");
        Assert.Equal(said, host.Log.Count("ahead of ledger time"));
    }

    private static Snapshot Snapshot(long seq, string data) => new(seq, 1, Encoding.UTF8.GetBytes(data));
}
