using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// Ledger time (DESIGN.md 4.6): anchored to the store's clock at start, carried on by the monotonic clock of this process, and led back to
/// the store's clock every minute by running at most 1 % faster or slower, so that it never jumps and never goes back.
/// </summary>
internal sealed partial class LedgerClock(IJournal journal, TimeProvider time, StoreHealth health, ILogger<LedgerClock> log) : ILedgerClock
{
    private static readonly TimeSpan AnchorEvery = TimeSpan.FromMinutes(1);
    private const double MostSlew = 0.01;

    // Written once a minute, read by every decision; one reference, so that a reader never sees half of it.
    private volatile Anchor? _anchor;
    private long _offsetTicks;

    /// <summary>How far the store's clock was ahead when it was last read.</summary>
    public TimeSpan Offset => TimeSpan.FromTicks(Volatile.Read(ref _offsetTicks));

    public DateTimeOffset Now
    {
        get
        {
            var anchor = _anchor ?? throw new InvalidOperationException("The ledger clock has not been started.");
            return DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Floor(Milliseconds(anchor, time.GetTimestamp())));
        }
    }

    /// <summary>Sets the clock for the first time.</summary>
    public async Task Start()
    {
        var (store, timestamp) = await ReadStore();
        _anchor = new Anchor(timestamp, store, Rate: 1);
    }

    /// <summary>Keeps it true until cancelled. A store that cannot be read leaves it running as it is.</summary>
    public async Task Run(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(AnchorEvery, time);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            try
            {
                var (store, timestamp) = await ReadStore();
                var ahead = store - Milliseconds(_anchor!, timestamp);
                RunOn(1 + Math.Clamp(ahead / AnchorEvery.TotalMilliseconds, -MostSlew, MostSlew));
                Volatile.Write(ref _offsetTicks, TimeSpan.FromMilliseconds(ahead).Ticks);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                if (!health.IsDown) StoreClockUnread(error);
                health.Doubt();
            }
        }
    }

    // From this very moment and this very time on, so that no reader ever sees it step.
    private void RunOn(double rate)
    {
        var now = time.GetTimestamp();
        _anchor = new Anchor(now, Milliseconds(_anchor!, now), rate);
    }

    // The store's answer is of some moment between asking and hearing: the middle is the best guess.
    private async Task<(double StoreMilliseconds, long Timestamp)> ReadStore()
    {
        var asked = time.GetTimestamp();
        var store = await journal.ReadClock();
        var heard = time.GetTimestamp();
        return (store.ToUnixTimeMilliseconds(), asked + ((heard - asked) / 2));
    }

    // A correction is for one minute: a process that was stopped for longer runs on as its own clock does.
    private double Milliseconds(Anchor anchor, long timestamp)
    {
        var elapsed = time.GetElapsedTime(anchor.Timestamp, timestamp).TotalMilliseconds;
        return anchor.Milliseconds + elapsed + (Math.Min(elapsed, AnchorEvery.TotalMilliseconds) * (anchor.Rate - 1));
    }

    private sealed record Anchor(long Timestamp, double Milliseconds, double Rate);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The store's clock could not be read; ledger time runs on by this process's own clock.")]
    private partial void StoreClockUnread(Exception error);
}
