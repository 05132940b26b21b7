namespace FlashSale.Simulation.Tests;

/// <summary>
/// The clocks of one simulated process: a monotonic one that runs a little fast or slow, and a wall clock that is plainly wrong, since
/// nothing may depend on it. Timers fire in the process's lane.
/// </summary>
internal sealed class SimTime(Lane lane, long driftPartsPerMillion, TimeSpan wallError) : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp()
    {
        var now = lane.Scheduler.Now.Ticks;
        return now + (now * driftPartsPerMillion / 1_000_000);
    }

    public override DateTimeOffset GetUtcNow() => SimScheduler.Epoch + wallError + lane.Scheduler.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(lane, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>A timer on virtual time.</summary>
internal sealed class SimTimer(Lane lane, TimerCallback callback, object? state) : ITimer
{
    private TimeSpan _period = Timeout.InfiniteTimeSpan;

    public Lane Lane => lane;

    /// <summary>Raised by each change, so that an entry in the queue of an earlier setting is known to be void.</summary>
    public long Version { get; set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        _period = period;
        lane.Scheduler.Arm(this, dueTime);
        return true;
    }

    public void Fire()
    {
        if (_period > TimeSpan.Zero) lane.Scheduler.Arm(this, _period);
        callback(state);
    }

    // May come from the finalizer of something that a dead process has left behind.
    public void Dispose()
    {
        if (!lane.IsDead) lane.Scheduler.Arm(this, Timeout.InfiniteTimeSpan);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
