namespace FlashSale.Testing;

/// <summary>Time that stands still until a test advances it. Timers fire inside <see cref="Advance"/>, on its thread, in order of their due times.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);
    private long _armed;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _now.Ticks;

    public void Advance(TimeSpan time)
    {
        for (var until = _now + time; ;)
        {
            ManualTimer? next;
            lock (_gate)
            {
                next = _timers.Where(timer => timer.Due <= until).OrderBy(timer => timer.Due).ThenBy(timer => timer.Order).FirstOrDefault();
                _now = next is null ? until : next.Due > _now ? next.Due : _now;
                next?.Arm(next.Period);
            }

            if (next is null)
                return;
            next.Fire();
        }
    }

    /// <summary>Whether a timer is due within this time.</summary>
    public bool IsAwaited(TimeSpan within)
    {
        lock (_gate)
            return _timers.Exists(timer => timer.Due <= _now + within);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public TimeSpan Period { get; private set; } = Timeout.InfiniteTimeSpan;

        public long Order { get; private set; }

        public void Fire() => callback(state);

        public void Arm(TimeSpan due)
        {
            clock._timers.Remove(this);
            if (due < TimeSpan.Zero)
                return;
            Due = clock._now + due;
            Order = ++clock._armed;
            clock._timers.Add(this);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                Period = period == TimeSpan.Zero ? Timeout.InfiniteTimeSpan : period;
                Arm(dueTime);
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._gate)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
