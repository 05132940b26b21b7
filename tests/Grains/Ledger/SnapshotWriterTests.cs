using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>How snapshots get to the store, beside everything else.</summary>
public sealed class SnapshotWriterTests : IAsyncLifetime
{
    private const int WaitingMost = 64;
    private static readonly Snapshot Any = new(1, 1, new byte[] { 1 });

    private readonly TemporaryDirectory _directory = new();
    private readonly KeptLog _log = new();
    private readonly StoreHealth _health = new(new ManualTimeProvider());
    private readonly TaskFactory _turns = new(new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
    private FaultyJournal _journal = null!;
    private SnapshotWriter _writer = null!;
    private Task _running = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _journal = new FaultyJournal(_directory.Open());
        _writer = new SnapshotWriter(_journal, _health, LedgerInstruments.None, _log.CreateLogger<SnapshotWriter>());
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _writer.Stop();
        await _running;
        await _journal.Inner.DisposeAsync();
        _directory.Remove();
    }

    [Fact]
    public void As_many_may_wait_as_allowed_and_a_newer_one_takes_the_place_of_an_older()
    {
        var first = New("first");
        Assert.True(_writer.Offer(first, () => Any));
        for (var i = 1; i < WaitingMost; i++) Assert.True(_writer.Offer(New($"{i}"), () => Any));
        Assert.False(_writer.Offer(New("one-more"), () => Any));
    }

    [Fact]
    public void Nothing_is_taken_after_the_stop()
    {
        _writer.Stop();
        Assert.False(_writer.Offer(New("a"), () => Any));
    }

    [Fact]
    public async Task Encoding_is_no_work_of_whoever_starts_the_loop_and_an_idle_loop_leaves_its_scheduler_to_others()
    {
        var encoded = false;
        _writer.Offer(New("a"), () =>
        {
            encoded = true;
            return Any;
        });
        Assert.False(await _turns.StartNew(() =>
        {
            _running = _writer.Run();
            return encoded;
        }));
        await _journal.SnapshotWritten.WaitAsync();
        await _turns.StartNew(() => _writer.Offer(New("b"), () => Any));
        await _journal.SnapshotWritten.WaitAsync();
        Assert.Equal(["a", "b"], _journal.Snapshots.Select(s => s.Ledger));
    }

    [Fact]
    public async Task Nothing_is_written_of_a_broken_ledger()
    {
        var broken = New("broken");
        broken.Broken = true;
        _writer.Offer(broken, () => Any);
        _writer.Offer(New("a"), () => Any);
        _running = _writer.Run();
        await _journal.SnapshotWritten.WaitAsync();
        Assert.Equal(["a"], _journal.Snapshots.Select(s => s.Ledger));
    }

    [Fact]
    public async Task A_failure_is_said_unless_the_store_is_known_to_be_down_and_doubted_either_way()
    {
        _journal.FailsSnapshots = true;
        _running = _writer.Run();
        _writer.Offer(New("a"), () => Any);
        await _health.Woken();
        Assert.Equal(1, _log.Count("was not written"));
        _health.Look();
        _health.Judge(up: false);
        _writer.Offer(New("a"), () => Any);
        await _health.Woken();
        Assert.Equal(1, _log.Count("was not written"));
    }

    private static LedgerHandle New(string name) => new(name, epoch: 0);
}
