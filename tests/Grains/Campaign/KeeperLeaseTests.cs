using FlashSale.Grains.Campaign;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Grains.Tests.Ledger;
using FlashSale.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlashSale.Grains.Tests.Campaign;

/// <summary>Who has the keeper's duty. Where there is no campaign, it calls no grain.</summary>
public sealed class KeeperLeaseTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private SqliteJournal _store = null!;
    private FaultyJournal _journal = null!;
    private LedgerEngine _engine = null!;

    public async Task InitializeAsync()
    {
        _store = _directory.Open();
        _journal = new FaultyJournal(_store);
        _engine = new LedgerEngine(_journal, _time, () => 0, NullLoggerFactory.Instance);
        await _engine.Start();
    }

    public async Task DisposeAsync()
    {
        await _engine.Stop();
        _engine.Dispose();
        await _store.DisposeAsync();
        _directory.Remove();
    }

    [Fact]
    public async Task A_keeper_that_is_stopped_gives_the_duty_to_the_next_at_once()
    {
        using var stopping = new CancellationTokenSource();
        var keeper = NewKeeper();
        var running = keeper.Run(stopping.Token);
        Assert.True(keeper.IsRunning);
        await _journal.Leases.WaitAsync();
        Assert.False(await _store.TryLease("keeper", "another", TimeSpan.FromSeconds(5)));

        await stopping.CancelAsync();
        await running;
        Assert.False(keeper.IsRunning);
        Assert.True(await _store.TryLease("keeper", "another", TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task A_keeper_that_has_not_the_duty_gives_nothing_back()
    {
        await _store.TryLease("keeper", "another", TimeSpan.FromSeconds(5));
        using var stopping = new CancellationTokenSource();
        var running = NewKeeper().Run(stopping.Token);
        await _journal.Leases.WaitAsync();
        await stopping.CancelAsync();
        await running;
        Assert.False(await _store.TryLease("keeper", "a third", TimeSpan.FromSeconds(5)));
    }

    private Keeper NewKeeper() => new(_engine, grains: null!, "one", NullLogger<Keeper>.Instance);
}
