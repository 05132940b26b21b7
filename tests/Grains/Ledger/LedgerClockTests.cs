using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>Ledger time is the store's; on the way there it never jumps, and never goes further than it was to go.</summary>
public sealed class LedgerClockTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private readonly SemaphoreSlim _asked = new(0);
    private readonly SemaphoreSlim _read = new(0);
    private readonly KeptLog _log = new();
    private FaultyJournal _journal = null!;
    private LedgerEngine _engine = null!;
    private TimeSpan _ahead;
    private TaskCompletionSource? _hangs;
    private bool _fails;

    public async Task InitializeAsync()
    {
        _journal = new FaultyJournal(_directory.Open()) { Clock = ReadClock };
        _engine = new LedgerEngine(_journal, _time, () => 0, _log);
        await _engine.Start();
        await _asked.WaitAsync();
        await _read.WaitAsync();
    }

    public async Task DisposeAsync()
    {
        _hangs?.TrySetResult();
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

    [Theory]
    [InlineData(-10, -0.3)]
    [InlineData(-0.3, -0.15)]
    [InlineData(0.3, 0.15)]
    public async Task It_is_led_back_within_a_minute_either_way_where_that_is_not_too_fast(double ahead, double afterHalfAMinute)
    {
        _ahead = TimeSpan.FromSeconds(ahead);
        await NextReading();
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(Start.AddMinutes(1.5).AddSeconds(afterHalfAMinute), _engine.Clock.Now);
    }

    [Fact]
    public async Task What_the_store_says_is_of_the_middle_between_asking_and_hearing()
    {
        _hangs = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _time.Advance(TimeSpan.FromMinutes(1));
        await _asked.WaitAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        _ahead = TimeSpan.FromSeconds(-0.5);
        _hangs.SetResult();
        while (_engine.Clock.Offset == TimeSpan.Zero) await Task.Yield();
        Assert.Equal(TimeSpan.FromSeconds(0.5), _engine.Clock.Offset);
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_leaves_it_running_and_is_said_and_doubted_and_read_again()
    {
        _ahead = TimeSpan.FromSeconds(0.6);
        await NextReading();
        _fails = true;
        _time.Advance(TimeSpan.FromMinutes(1));
        await _engine.Store.Woken();
        Assert.Equal(1, _log.Count("could not be read"));
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(Start.AddMinutes(2.5).AddSeconds(0.6), _engine.Clock.Now);

        _engine.Store.Look();
        _engine.Store.Judge(up: false);
        _time.Advance(TimeSpan.FromSeconds(30));
        await _engine.Store.Woken();
        Assert.Equal(1, _log.Count("could not be read"));

        _fails = false;
        _ahead = TimeSpan.FromSeconds(0.9);
        _time.Advance(TimeSpan.FromMinutes(1));
        await _read.WaitAsync();
        while (_engine.Clock.Offset != TimeSpan.FromSeconds(0.3)) await Task.Yield();
    }

    private async Task NextReading()
    {
        _time.Advance(TimeSpan.FromMinutes(1));
        await _read.WaitAsync();
        while (_engine.Clock.Offset != _ahead) await Task.Yield();
    }

    private async Task<DateTimeOffset> ReadClock()
    {
        _asked.Release();
        if (_hangs is { } hangs) await hangs.Task;
        if (_fails) throw new IOException("The connection was lost.");
        _read.Release();
        return _time.GetUtcNow() + _ahead;
    }
}
