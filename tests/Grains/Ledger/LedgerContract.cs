using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>What the ledger engine promises on any store. A store's own class says how to open it.</summary>
public abstract class LedgerContract : IAsyncLifetime
{
    private readonly List<LedgerEngine> _engines = [];
    private readonly ManualTimeProvider _time = new();
    private IJournal _store = null!;
    private FaultyJournal _journal = null!;
    private LedgerEngine _engine = null!;
    private int _broken;

    private protected abstract Task<IJournal> OpenStore();

    private protected abstract Task CloseStore(IJournal store);

    public async Task InitializeAsync()
    {
        _store = await OpenStore();
        _journal = new FaultyJournal(_store);
        _engine = await StartEngine(_journal);
    }

    public async Task DisposeAsync()
    {
        _journal.LetGo();
        foreach (var engine in _engines)
        {
            await engine.Stop();
            engine.Dispose();
        }

        await CloseStore(_store);
    }

    [Fact]
    public async Task Commands_are_decided_in_order_and_replayed_to_the_same_state()
    {
        var ledger = await Open("a");
        Assert.Equal(0, await ledger.Execute(0)); // An owner reads no more, so nothing waits that a later command could overtake.
        var answers = await Task.WhenAll(Enumerable.Range(1, 100).Select(ledger.Execute));
        Assert.Equal(Enumerable.Range(1, 100).Select(n => (long)n * (n + 1) / 2), answers);
        Assert.Equal(new TallyState(5050, 101), (await Open("a")).Acknowledged);
    }

    [Fact]
    public async Task While_one_group_is_at_the_store_the_next_one_fills()
    {
        var (one, other) = (await Open("a"), await Open("b"));
        var (arrived, go) = _journal.HoldNext();
        var first = one.Execute(1);
        await arrived;
        var later = Enumerable.Range(0, 50).Select(_ => one.Execute(1)).Concat(Enumerable.Range(0, 50).Select(_ => other.Execute(1))).ToArray();
        await Task.WhenAll(one.Refresh(), other.Refresh());
        go();
        await first;
        await Task.WhenAll(later);
        Assert.Equal(2, _journal.Groups.Count);
        Assert.Equal([50, 50], _journal.Groups[1].Select(e => e.Events.Count));
    }

    [Fact]
    public async Task Answer_waits_for_its_group()
    {
        var ledger = await Open("a");
        var (arrived, go) = _journal.HoldNext();
        var answer = ledger.Execute(7);
        await arrived;
        Assert.False(answer.IsCompleted);
        Assert.Equal(0, ledger.Acknowledged.Sum);
        go();
        Assert.Equal(7, await answer);
        Assert.Equal(7, ledger.Acknowledged.Sum);
    }

    [Fact]
    public async Task Refusal_waits_for_the_events_it_rests_on()
    {
        var ledger = await Open("a");
        _journal.NextIsUnknown(happens: false);
        var yes = ledger.Execute(7);
        var no = ledger.Execute(-1);
        var look = ledger.ReadSum();
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => yes);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => no);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => look);
    }

    [Fact]
    public async Task Refusal_without_events_is_answered_only_while_the_activation_is_current()
    {
        var old = await Open("a");
        await old.Execute(1);
        var current = await Open("a");
        await current.Execute(1);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => old.Execute(-1));
        Assert.Equal(-1, await current.Execute(-1));
    }

    [Fact]
    public async Task Second_writer_fences_the_first_which_breaks_once_and_for_good()
    {
        var first = await Open("a");
        await first.Execute(1);
        var second = await Open("a");
        await second.Execute(10);

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => first.Execute(100));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => first.Execute(100));
        Assert.Equal(1, _broken);
        Assert.Equal(12, await second.Execute(1));
    }

    [Fact]
    public async Task Of_two_activations_that_begin_an_unseen_ledger_one_wins()
    {
        var (one, other) = (await Open("a"), await Open("a"));
        var (arrived, go) = _journal.HoldNext();
        var first = one.Execute(1);
        await arrived;
        var second = other.Execute(10);
        await other.Refresh();
        go();
        Assert.Equal(1, await first);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => second);
        Assert.Equal(1, (await Open("a")).Acknowledged.Sum);
    }

    [Fact]
    public async Task Concurrent_openers_lose_nothing_that_was_acknowledged()
    {
        var acknowledged = 0L;
        for (var round = 0; round < 20; round++)
        {
            var rivals = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Open("a")));
            var answers = Task.WhenAll(rivals.Select(async r =>
            {
                try
                {
                    await r.Execute(1);
                    Interlocked.Increment(ref acknowledged);
                }
                catch (LedgerUnavailableException)
                {
                    // Fenced: it did not happen.
                }
            }));
            await LetTimePass(answers); // Whoever was fenced before waits for a while before it takes the ledger back.
        }

        Assert.True(acknowledged >= 20);
        Assert.Equal(acknowledged, (await Open("a")).Acknowledged.Sum);
    }

    [Fact]
    public async Task Fenced_ledger_does_not_disturb_healthy_ones_of_its_group()
    {
        var (old, healthy) = (await Open("a"), await Open("b"));
        await old.Execute(1);
        var current = await Open("a");
        await current.Execute(1);
        var (arrived, go) = _journal.HoldNext();
        var blocker = healthy.Execute(1);
        await arrived;
        var (fenced, fine) = (old.Execute(5), healthy.Execute(2));
        await Task.WhenAll(old.Refresh(), healthy.Refresh());
        go();
        await blocker;
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => fenced);
        Assert.Equal(3, await fine);
        Assert.Equal(2, _journal.Groups[^1].Count);
    }

    [Fact]
    public async Task Looking_and_refusing_take_the_ledger_from_nobody_and_see_what_its_owner_wrote()
    {
        var (owner, follower) = (await Open("a"), await Open("a"));
        await owner.Execute(1);
        Assert.Equal(1, await follower.ReadSum());
        await owner.Execute(1);
        Assert.Equal((2, 1), (await follower.ReadSum(), follower.Epoch));
        Assert.Equal(-1, await follower.Execute(-1));
        Assert.Equal(3, await owner.Execute(1));
        await follower.Refresh();
        Assert.Equal((3, 1), (follower.Acknowledged.Sum, follower.Epoch));
        Assert.Equal(0, _broken);

        Assert.Equal(13, await follower.Execute(10));
        Assert.Equal(2, follower.Epoch);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => owner.ReadSum());
    }

    [Fact]
    public async Task Follower_that_finds_a_reading_under_way_waits_for_one_that_begins_after_it_came()
    {
        var owner = await Open("a");
        await owner.Execute(1);
        var follower = await Open("a");
        var (arrived, go) = _journal.HoldNextRead();
        var first = follower.ReadSum();
        await arrived; // What it will say has been read.
        await owner.Execute(1);
        var later = Enumerable.Range(0, 20).Select(_ => follower.ReadSum()).ToArray();
        await follower.Begun();
        var before = _journal.Reads;
        go();
        Assert.Equal(1, await first);
        Assert.All(await Task.WhenAll(later), sum => Assert.Equal(2, sum));
        Assert.Equal(1, _journal.Reads - before); // All of them shared one.
    }

    [Fact]
    public async Task Many_writes_of_a_follower_take_the_right_once_and_all_happen()
    {
        await (await Open("a")).Execute(1);
        var follower = await Open("a");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => follower.Execute(1)));
        Assert.Equal((21, 2), (follower.Acknowledged.Sum, follower.Epoch));
    }

    [Fact]
    public async Task Whoever_was_fenced_may_look_at_once_and_takes_the_ledger_back_when_the_rival_has_come_to_rest()
    {
        var (again, _) = await Fenced();
        Assert.Equal(2, await again.ReadSum());
        var (taking, asked) = (again.Execute(1), _time.GetTimestamp());
        await LetTimePass(taking);
        Assert.Equal(3, await taking);
        Assert.Equal(TimeSpan.FromMilliseconds(10), _time.GetElapsedTime(asked));
    }

    [Fact]
    public async Task Whoever_was_fenced_leaves_the_ledger_to_a_rival_that_works_until_the_back_off_is_over()
    {
        var (again, rival) = await Fenced();
        var (taking, asked, sum) = (again.Execute(1), _time.GetTimestamp(), 0L);
        await LetTimePass(taking, async () => sum = await rival.Execute(1));
        Assert.Equal((2 + 25, sum + 1), (sum, await taking));
        Assert.Equal(TimeSpan.FromMilliseconds(25), _time.GetElapsedTime(asked));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => rival.Execute(1));
    }

    [Fact]
    public async Task Whoever_finds_the_ledger_damaged_while_it_waits_takes_it_from_nobody()
    {
        var (again, _) = await Fenced();
        var taking = again.Execute(1);
        while (!_time.IsAwaited(TimeSpan.FromSeconds(2))) await Task.Yield(); // It has looked, and waits its turn.
        var head = (await _store.Read([new LedgerRead("tally/a", After: null, 1)]))[0].Head;
        await _store.Append([new JournalEntry("tally/a", head.Epoch, head.Seq, [new EventRow(head.Seq + 1, DateTimeOffset.UnixEpoch, null, 77, "{}")])]);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => LetTimePass(taking));
        Assert.Equal(head.Epoch, (await _store.Read([new LedgerRead("tally/a", After: null, 1)]))[0].Head.Epoch);
    }

    [Fact]
    public async Task Follower_outlives_a_store_that_cannot_be_read()
    {
        await (await Open("a")).Execute(1);
        var follower = await Open("a");
        _journal.NextReadFails();
        await Assert.ThrowsAsync<LedgerUnavailableException>(follower.ReadSum);
        _time.Advance(_engine.Reopen.Delay("tally/a"));
        Assert.Equal(1, await follower.ReadSum());
        Assert.Equal(0, _broken);
    }

    [Fact]
    public async Task Reads_beside_the_first_write_are_not_fenced_by_it()
    {
        await (await Open("a")).Execute(1);
        var ledger = await Open("a");
        var work = Enumerable.Range(0, 50).Select(i => i % 5 == 4 ? ledger.Execute(1) : ledger.ReadSum()).ToArray();
        await Task.WhenAll(work);
        Assert.Equal(11, ledger.Acknowledged.Sum);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_an_unknown_group_the_next_activation_finds_out_what_happened(bool happened)
    {
        var ledger = await Open("a");
        await ledger.Execute(1);
        _journal.NextIsUnknown(happened);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.Execute(10));
        Assert.Equal(1, ledger.Acknowledged.Sum);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.Execute(100));
        Assert.Equal(happened ? 11 : 1, (await Open("a")).Acknowledged.Sum);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(0)] // Not even the ledger is there, but it may be one that is just being made.
    public async Task What_may_still_happen_is_settled_before_anything_is_refused(int before)
    {
        var ledger = await Open("a");
        if (before > 0) await ledger.Execute(before);
        var comes = _journal.NextComesLate();
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.Execute(7));

        var next = await Open("a");
        Assert.Equal(-1, await next.Execute(-1));
        Assert.False((await comes())[0]);
        Assert.Equal(before, await next.ReadSum());
    }

    [Fact]
    public async Task A_settled_ledger_is_followed_again()
    {
        var ledger = await Open("a");
        await ledger.Execute(1);
        _journal.NextIsUnknown(happens: true);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.Execute(7));
        var owner = await Open("a");
        var follower = await Open("a");
        Assert.Equal(8, follower.Acknowledged.Sum);
        Assert.Equal(9, await owner.Execute(1));
    }

    [Fact]
    public async Task Submissions_behind_a_failed_group_fail_with_it()
    {
        var ledger = await Open("a");
        var (arrived, go) = _journal.HoldNext();
        _journal.NextIsUnknown(happens: false);
        var first = ledger.Execute(1);
        await arrived;
        var second = ledger.Execute(2);
        await ledger.Refresh();
        go();
        await first;
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => second);
        Assert.Equal(1, (await Open("a")).Acknowledged.Sum);
    }

    [Fact]
    public async Task Poisonous_ledger_takes_its_neighbours_down_once_and_then_goes_alone()
    {
        _journal.Poison = group => group.Any(e => e.Ledger == "tally/poison" && e.Events.Count > 0);
        var (poison, neighbour, blocker) = (await Open("poison"), await Open("a"), await Open("b"));
        var (arrived, go) = _journal.HoldNext();
        var blocked = blocker.Execute(1);
        await arrived;
        var (bad, good) = (poison.Execute(1), neighbour.Execute(1));
        await Task.WhenAll(poison.Refresh(), neighbour.Refresh());
        go();
        await blocked;
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => bad);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => good);

        (poison, neighbour) = (await Open("poison"), await Open("a"));
        (arrived, go) = _journal.HoldNext();
        blocked = blocker.Execute(1);
        await arrived;
        (bad, good) = (poison.Execute(1), neighbour.Execute(1));
        await Task.WhenAll(poison.Refresh(), neighbour.Refresh());
        go();
        await blocked;
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => bad);
        Assert.Equal(1, await good);
    }

    [Fact]
    public async Task Lost_ledger_is_reopened_after_a_back_off_that_doubles()
    {
        var ledger = await Open("a");
        _journal.NextIsUnknown(happens: false);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.Execute(1));
        Assert.Equal(TimeSpan.FromMilliseconds(25), _engine.Reopen.Delay("tally/a"));

        var opening = TallyActivation.Open(_engine, "a", () => { });
        Assert.False(opening.IsCompleted);
        await LetTimePass(opening);
        ledger = await opening;
        _journal.NextIsUnknown(happens: false);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.Execute(1));
        Assert.Equal(TimeSpan.FromMilliseconds(50), _engine.Reopen.Delay("tally/a"));
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(TimeSpan.Zero, _engine.Reopen.Delay("tally/a"));
    }

    [Fact]
    public async Task Snapshot_is_cut_when_replay_grows_long_and_used_at_the_next_open()
    {
        var ledger = await Open("a");
        await ledger.ExecuteAll([.. Enumerable.Repeat(1, TallyLedgerEvents)]);
        await SnapshotOf("tally/a");
        await ledger.Execute(1);

        var read = (await _store.Read([new LedgerRead("tally/a", After: null, 10)]))[0];
        Assert.Equal(TallyLedgerEvents, read.Snapshot!.Seq);
        Assert.Single(read.Events);
        Assert.Equal(new TallyState(TallyLedgerEvents + 1, TallyLedgerEvents + 1), (await Open("a")).Acknowledged);
    }

    [Fact]
    public async Task Snapshot_of_another_format_is_ignored_and_the_events_are_replayed()
    {
        await (await Open("a")).Execute(1);
        await _store.WriteSnapshot("tally/a", new Snapshot(1, 99, new byte[] { 1, 2, 3 }));
        Assert.Equal(1, (await Open("a")).Acknowledged.Sum);
    }

    [Fact]
    public async Task Hundred_thousand_events_are_replayed()
    {
        var rows = Enumerable.Range(1, 100_000).Select(i => TallyMachine.Kind.Events.Encode(new TallyEvent(1), new EventStamp(i, DateTimeOffset.UnixEpoch))).ToArray();
        await _store.Append([new JournalEntry("tally/long", 0, 0, rows)]);
        Assert.Equal(new TallyState(100_000, 100_000), (await Open("long")).Acknowledged);
    }

    [Fact]
    public async Task Event_that_cannot_be_read_quarantines_its_ledger_only()
    {
        await _store.Append([new JournalEntry("tally/bad", 0, 0, [new EventRow(1, DateTimeOffset.UnixEpoch, null, 77, "{}")])]);
        var error = await Assert.ThrowsAsync<LedgerUnavailableException>(() => Open("bad"));
        Assert.Contains("type 77", error.Message, StringComparison.Ordinal);
        Assert.Equal(1, await (await Open("a")).Execute(1));
    }

    [Fact]
    public async Task Stopping_flushes_what_was_enqueued_and_then_refuses()
    {
        var ledger = await Open("a");
        var answers = Enumerable.Range(0, 100).Select(_ => ledger.Execute(1)).ToArray();
        await ledger.Refresh();
        await _engine.Stop();
        await Task.WhenAll(answers);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => ledger.Execute(1));
        Assert.Equal(100, (await _store.ReadEvents("tally/a", 0, 1000)).Count);
    }

    private const int TallyLedgerEvents = 10_000; // As many as an engine lets pass before it cuts a snapshot.

    private async Task<LedgerEngine> StartEngine(IJournal journal)
    {
        var engine = new LedgerEngine(journal, _time, () => 0, NullLoggerFactory.Instance);
        await engine.Start();
        _engines.Add(engine);
        return engine;
    }

    // The back-off is waited out by the test's own clock.
    private Task<TallyActivation> Open(string key)
    {
        _time.Advance(_engine.Reopen.Delay("tally/" + key));
        _time.Advance(_engine.Retake.Delay("tally/" + key));
        return TallyActivation.Open(_engine, key, () => Interlocked.Increment(ref _broken));
    }

    // One activation that was fenced by another after an event of each.
    private async Task<(TallyActivation Again, TallyActivation Rival)> Fenced()
    {
        var first = await Open("a");
        await first.Execute(1);
        var rival = await Open("a");
        await rival.Execute(1);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => first.Execute(1));
        return (await TallyActivation.Open(_engine, "a", () => { }), rival);
    }

    // Only while somebody waits for it: what the store takes is not of this time, and a loss is forgotten after ten seconds of it.
    private async Task LetTimePass(Task until, Func<Task>? eachMillisecond = null)
    {
        var longestBackOff = TimeSpan.FromSeconds(2);
        while (!until.IsCompleted)
        {
            if (_time.IsAwaited(longestBackOff))
            {
                if (eachMillisecond is not null) await eachMillisecond();
                _time.Advance(TimeSpan.FromMilliseconds(1));
            }

            await Task.Yield();
        }

        await until;
    }

    private async Task SnapshotOf(string ledger)
    {
        while ((await _store.Read([new LedgerRead(ledger, After: null, 1)]))[0].Snapshot is null) await Task.Yield();
    }
}
