using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>When a process believes that its store can be written.</summary>
public sealed class StoreWatchTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private SqliteJournal _store = null!;
    private FaultyJournal _journal = null!;
    private LedgerEngine _engine = null!;
    private StoreWatch _watch = null!;

    public async Task InitializeAsync()
    {
        _store = _directory.Open();
        _journal = new FaultyJournal(_store);
        _engine = new LedgerEngine(_journal, _time, () => 0, NullLoggerFactory.Instance);
        await _engine.Start();
        _watch = new StoreWatch(_engine, NullLogger<StoreWatch>.Instance);
    }

    public async Task DisposeAsync()
    {
        await _engine.Stop();
        _engine.Dispose();
        await _store.DisposeAsync();
        _directory.Remove();
    }

    [Fact]
    public async Task A_store_is_up_once_a_look_has_proved_it()
    {
        Assert.False(_engine.Store.IsUp);
        await _watch.Look();
        Assert.True(_engine.Store.IsUp);
    }

    [Fact]
    public async Task A_store_that_fails_a_look_is_down_until_it_passes_one()
    {
        await _watch.Look();
        _journal.IsDown = true;
        await _watch.Look();
        Assert.Equal((false, true), (_engine.Store.IsUp, _engine.Store.IsDown));
        _journal.IsDown = false;
        Assert.False(_engine.Store.IsUp);
        await _watch.Look();
        Assert.Equal((true, false), (_engine.Store.IsUp, _engine.Store.IsDown));
    }

    [Fact]
    public async Task A_proof_grows_old_whatever_hangs()
    {
        await _watch.Look();
        _time.Advance(StoreHealth.ProofMost - TimeSpan.FromMilliseconds(1));
        Assert.True(_engine.Store.IsUp);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(_engine.Store.IsUp);
    }

    [Fact]
    public async Task A_group_that_is_refused_for_what_is_in_it_takes_nobody_out_of_service()
    {
        await _watch.Look();
        _journal.Poison = group => group[0].Events.Count > 0;
        await Assert.ThrowsAsync<LedgerUnavailableException>(async () => await (await Open("a")).Execute(1));
        Assert.True(_engine.Store.WantsLook(StoreHealth.ProofMost));
        await _watch.Look();
        Assert.True(_engine.Store.IsUp);
    }

    [Fact]
    public async Task Refusals_alone_prove_that_groups_go_through_but_not_that_anything_can_be_written()
    {
        await _watch.Look();
        var ledger = await Open("a");
        await ledger.Execute(1);
        for (var i = 0; i < 2; i++)
        {
            _time.Advance(StoreHealth.ProofMost / 2);
            Assert.Equal(-1, await ledger.Execute(-1));
        }

        Assert.False(_engine.Store.IsUp);
        _engine.Store.Wrote();
        Assert.True(_engine.Store.IsUp);
    }

    [Fact]
    public async Task The_watch_finds_out_by_itself_that_an_idle_store_went_and_came_back()
    {
        await _watch.Look();
        using var stopping = new CancellationTokenSource();
        var watching = _watch.Run(stopping.Token);
        _journal.IsDown = true;
        await Until(() => _engine.Store.IsDown);
        _journal.IsDown = false;
        await Until(() => !_engine.Store.IsDown);
        await stopping.CancelAsync();
        await watching;
    }

    [Fact]
    public async Task A_failure_is_looked_into_at_once()
    {
        await _watch.Look();
        await _journal.Leases.WaitAsync();
        using var stopping = new CancellationTokenSource();
        var watching = _watch.Run(stopping.Token);
        _journal.IsDown = true;
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Open("a"));
        await _journal.Leases.WaitAsync();
        await stopping.CancelAsync();
        await watching;
    }

    [Fact]
    public async Task Nobody_looks_at_a_store_that_is_written_to()
    {
        await _watch.Look();
        await _journal.Leases.WaitAsync();
        var ledger = await Open("a");
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2.9));
            Assert.False(_engine.Store.WantsLook(TimeSpan.FromSeconds(3)));
            await ledger.Execute(1);
        }
    }

    [Fact]
    public async Task A_look_that_passes_ends_the_doubt()
    {
        _engine.Store.Doubt();
        await _watch.Look();
        Assert.False(_engine.Store.WantsLook(StoreHealth.ProofMost));
    }

    [Fact]
    public async Task That_a_store_went_and_came_back_is_said_once_each()
    {
        var log = new KeptLog();
        var watch = new StoreWatch(_engine, log.CreateLogger<StoreWatch>());
        await watch.Look();
        Assert.Equal((0, 0), (log.Count("cannot be used"), log.Count("can be used again")));
        _journal.IsDown = true;
        for (var i = 0; i < 2; i++) await watch.Look();
        Assert.Equal((1, 0), (log.Count("cannot be used"), log.Count("can be used again")));
        _journal.IsDown = false;
        for (var i = 0; i < 2; i++) await watch.Look();
        Assert.Equal((1, 1), (log.Count("cannot be used"), log.Count("can be used again")));
    }

    [Fact]
    public async Task The_watch_does_not_look_without_cause()
    {
        await _watch.Look();
        await _journal.Leases.WaitAsync();
        var end = await BeginWatch();
        await Turn(_engine.Store.Wake);
        await Turn(() => Assert.Equal(0, _journal.Leases.CurrentCount));
        await end();
    }

    [Fact]
    public async Task However_often_it_is_woken_it_lets_a_store_that_is_down_rest_between_two_looks()
    {
        _journal.IsDown = true;
        var end = await BeginWatch();
        await Turn(_engine.Store.Wake);
        await Turn(_engine.Store.Wake);
        await Turn(() => Assert.Equal(1, _journal.Leases.CurrentCount));
        _time.Advance(TimeSpan.FromMilliseconds(249));
        await Turn(() => Assert.Equal(1, _journal.Leases.CurrentCount));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await Turn(() => Assert.Equal(2, _journal.Leases.CurrentCount));
        await end();
    }

    // On turns, so that the watch has done all that it can when the next turn begins.
    private async Task<Func<Task>> BeginWatch()
    {
        var stopping = new CancellationTokenSource();
        var watching = Task.CompletedTask;
        await Turn(() => watching = _watch.Run(stopping.Token));
        return async () =>
        {
            await stopping.CancelAsync();
            await watching;
            stopping.Dispose();
        };
    }

    private Task Turn(Action act) => _turns.StartNew(act);

    private Task<TallyActivation> Open(string key) => TallyActivation.Open(_engine, key, () => { });

    // The watch has no signal of its own, only time; each step of it may let the watch do something.
    private async Task Until(Func<bool> done)
    {
        while (!done())
        {
            _time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }
    }
}
