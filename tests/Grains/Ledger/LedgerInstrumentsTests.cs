using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>What the ledger engine shows of itself.</summary>
public sealed class LedgerInstrumentsTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private Measured _measured = null!;
    private SqliteJournal _store = null!;
    private FaultyJournal _journal = null!;
    private LedgerEngine _engine = null!;

    public async Task InitializeAsync()
    {
        var meters = _services.GetRequiredService<IMeterFactory>();
        _measured = new Measured(meters);
        _store = _directory.Open();
        _journal = new FaultyJournal(_store);
        _engine = new LedgerEngine(_journal, _time, () => 0, NullLoggerFactory.Instance, new LedgerInstruments(meters)) { SnapshotEvery = 10 };
        await _engine.Start();
    }

    public async Task DisposeAsync()
    {
        await _engine.Stop();
        _engine.Dispose();
        await _store.DisposeAsync();
        _directory.Remove();
        _measured.Dispose();
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Groups_are_told_by_outcome_with_their_size_and_time()
    {
        var ledger = await Open("a");
        var (arrived, go) = _journal.HoldNext();
        var durable = ledger.ExecuteAll([1, 2, 3]);
        await arrived;
        _time.Advance(TimeSpan.FromSeconds(2));
        go();
        await durable;
        await ledger.Execute(-1);

        Assert.Equal((1, 2), (_measured.Count(Duration, "outcome=durable"), _measured.Sum(Duration, "outcome=durable")));
        Assert.Equal((1, 0), (_measured.Count(Duration, "outcome=checked"), _measured.Sum(Duration, "outcome=checked")));
        Assert.Equal((2, 3), (_measured.Count("flashsale.ledger.group.events"), _measured.Sum("flashsale.ledger.group.events")));
        Assert.Equal(2, _measured.Sum("flashsale.ledger.group.ledgers"));
    }

    [Fact]
    public async Task Groups_that_failed_say_how()
    {
        var (one, other) = (await Open("a"), await Open("b"));
        _journal.NextIsUnknown(happens: true);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => one.Execute(1));
        _journal.Poison = _ => true;
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => other.Execute(1));
        Assert.Equal(["outcome=rolled_back", "outcome=unknown"], _measured.TagsOf(Duration));
    }

    [Fact]
    public async Task A_fence_is_counted_and_so_is_the_open_that_follows_it()
    {
        var first = await Open("a");
        await first.Execute(1);
        await _store.Bump(["tally/a"]);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => first.Execute(1));
        Assert.Equal((1, 0), (_measured.Sum("flashsale.ledger.fences"), _measured.Sum("flashsale.ledger.reopens")));

        var again = await Open("a");
        var decided = again.Execute(1);
        while (_measured.Sum("flashsale.ledger.reopens") < 1) await Task.Yield();
        _time.Advance(TimeSpan.FromSeconds(1));
        await decided;
        Assert.Equal(2, _measured.Count("flashsale.ledger.open.duration", "right=read,outcome=opened"));
        Assert.Equal(1, _measured.Count("flashsale.ledger.open.duration", "right=taken,outcome=opened"));
        Assert.Equal(1, _measured.Sum("flashsale.ledger.replayed"));
    }

    [Fact]
    public async Task What_is_loaded_and_what_it_remembers_follow_opens_commands_and_closes()
    {
        var (one, other) = (await Open("a"), await Open("b"));
        await one.ExecuteAll([1, 2, 3]);
        await other.Execute(1);
        Assert.Equal((2d, 4d), (_measured.Level("flashsale.ledger.loaded", "kind=tally"), _measured.Level("flashsale.ledger.entries", "kind=tally")));
        await one.Close();
        Assert.Equal((1d, 1d), (_measured.Level("flashsale.ledger.loaded", "kind=tally"), _measured.Level("flashsale.ledger.entries", "kind=tally")));
        await Open("a");
        Assert.Equal(4d, _measured.Level("flashsale.ledger.entries", "kind=tally"));
    }

    [Fact]
    public async Task A_damaged_ledger_is_shown_until_it_can_be_opened()
    {
        await _store.Append([new JournalEntry("tally/bad", 0, 0, [new EventRow(1, DateTimeOffset.UnixEpoch, null, 77, "{}")])]);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Open("bad"));
        Assert.Equal(1, _measured.Level("flashsale.ledger.quarantined"));
        Assert.Equal(1, _measured.Count("flashsale.ledger.open.duration", "right=read,outcome=quarantined"));

        await _directory.Execute("""UPDATE ledger_event SET type = 1, payload = '{"number":5}'""");
        var repaired = Open("bad");
        while (_measured.Sum("flashsale.ledger.reopens") < 1) await Task.Yield();
        _time.Advance(TimeSpan.FromSeconds(1));
        await repaired;
        Assert.Equal(0, _measured.Level("flashsale.ledger.quarantined"));
    }

    [Fact]
    public async Task Snapshots_are_told_by_outcome()
    {
        var ledger = await Open("a");
        for (var i = 0; i < 10; i++) await ledger.Execute(1);
        while (_measured.Sum("flashsale.ledger.snapshots", "outcome=written") < 1) await Task.Yield();
        _journal.FailsSnapshots = true;
        for (var i = 0; i < 10; i++) await ledger.Execute(1);
        while (_measured.Sum("flashsale.ledger.snapshots", "outcome=failed") < 1) await Task.Yield();
    }

    [Fact]
    public async Task What_waits_for_a_group_is_the_queue()
    {
        var (one, other) = (await Open("a"), await Open("b"));
        var (arrived, go) = _journal.HoldNext();
        var first = one.Execute(1);
        await arrived;
        var second = other.ExecuteAll([1, 2, 3]);
        await other.Refresh();
        Assert.Equal(3, _measured.Level("flashsale.ledger.queue"));
        go();
        await Task.WhenAll(first, second);
        Assert.Equal(0, _measured.Level("flashsale.ledger.queue"));
    }

    [Fact]
    public async Task A_group_has_the_events_of_all_its_ledgers()
    {
        var (one, other, blocker) = (await Open("a"), await Open("b"), await Open("c"));
        var (arrived, go) = _journal.HoldNext();
        var blocked = blocker.Execute(1);
        await arrived;
        var all = Task.WhenAll(one.ExecuteAll([1, 2, 3]), other.ExecuteAll([1]));
        await Task.WhenAll(one.Refresh(), other.Refresh());
        go();
        await Task.WhenAll(all, blocked);
        Assert.Equal((2, 5), (_measured.Count("flashsale.ledger.group.events"), _measured.Sum("flashsale.ledger.group.events")));
    }

    [Fact]
    public async Task The_store_is_up_once_it_was_proved()
    {
        Assert.Equal((0d, 0d), (_measured.Level("flashsale.store.up"), _measured.Level("flashsale.clock.offset")));
        await new StoreWatch(_engine, NullLogger<StoreWatch>.Instance).Look();
        Assert.Equal(1, _measured.Level("flashsale.store.up"));
    }

    [Fact]
    public async Task A_group_is_a_span_of_its_own_linked_with_the_traced_ones_in_it()
    {
        using var source = new ActivitySource("tests of groups");
        var groups = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = s => s == source || s.Name == Traces.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (groups) groups.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var ledger = await Open("a");
        var traced = source.StartActivity("purchase")!;
        await ledger.Execute(1);
        traced.Stop();
        await ledger.Execute(1);

        Activity group;
        lock (groups) group = Assert.Single(groups, g => g.Links.Any(link => link.Context.TraceId == traced.TraceId));
        Assert.Equal(("journal.group", default(ActivitySpanId), "durable"), (group.OperationName, group.ParentSpanId, group.GetTagItem("flashsale.outcome")));
        lock (groups) Assert.DoesNotContain(groups, g => g.OperationName == "journal.group" && !g.Links.Any());
    }

    private const string Duration = "flashsale.ledger.group.duration";

    private Task<TallyActivation> Open(string key) => TallyActivation.Open(_engine, key, () => { });
}
