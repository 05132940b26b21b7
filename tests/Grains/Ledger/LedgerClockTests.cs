using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>Ledger time is the store's; on the way there it never jumps, and never goes further than it was to go.</summary>
public sealed class LedgerClockTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private readonly SemaphoreSlim _read = new(0);
    private FaultyJournal _journal = null!;
    private LedgerEngine _engine = null!;
    private TimeSpan _ahead;
    private TaskCompletionSource? _hangs;

    public async Task InitializeAsync()
    {
        _journal = new FaultyJournal(_directory.Open()) { Clock = ReadClock };
        _engine = new LedgerEngine(_journal, _time, () => 0, NullLoggerFactory.Instance);
        await _engine.Start();
        await _read.WaitAsync();
    }

    public async Task DisposeAsync()
    {
        _hangs?.SetResult();
        await _engine.Stop();
        _engine.Dispose();
        await _journal.Inner.DisposeAsync();
        _directory.Remove();
    }

    [Fact]
    public async Task It_is_led_back_by_one_in_a_hundred_at_most_and_for_a_minute()
    {
        Assert.Equal(Start, _engine.Clock.Now);
        _ahead = TimeSpan.FromSeconds(10);
        await NextReading();
        Assert.Equal(Start.AddMinutes(1), _engine.Clock.Now);

        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(Start.AddMinutes(1.5).AddSeconds(0.3), _engine.Clock.Now);
    }

    [Fact]
    public async Task A_process_that_was_stopped_in_between_is_not_led_too_far()
    {
        _ahead = TimeSpan.FromSeconds(0.6);
        await NextReading();
        _hangs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(Start.AddMinutes(11).AddSeconds(0.6), _engine.Clock.Now);
    }

    private async Task NextReading()
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        await _read.WaitAsync();
        while (_engine.Clock.Offset != _ahead) await Task.Yield();
    }

    private async Task<DateTimeOffset> ReadClock()
    {
        if (_hangs is { } hangs) await hangs.Task;
        _read.Release();
        return _time.GetUtcNow() + _ahead;
    }
}
