using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>A timer of one activation. The clock only posts it; the tick then waits for its turn like a request.</summary>
internal sealed class GrainTimer : Work, IGrainTimer
{
    private readonly Activation _activation;
    private readonly Mailbox _mailbox;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly GrainTimerCreationOptions _options;
    private readonly CancellationTokenSource _stopped = new();
    private readonly ITimer _timer;
    private TimeSpan _due;
    private TimeSpan _period;
    private bool _changed;

    // 1 from the clock's post to the end of the tick: a tick never overlaps itself.
    private int _ticking;

    internal GrainTimer(
        Activation activation, Mailbox mailbox, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _mailbox = mailbox;
        _callback = callback;
        _options = options;
        _timer = mailbox.Engine.Time.CreateTimer(
            static state => ((GrainTimer)state!).Elapsed(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal override RequestMode Mode => _options.Interleave ? RequestMode.Interleave : RequestMode.Exclusive;

    internal override bool IsVoid => _stopped.IsCancellationRequested;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Validate(dueTime, nameof(dueTime));
        Validate(period, nameof(period));
        if (_stopped.IsCancellationRequested)
            return;
        _due = dueTime;
        _period = period;
        _changed = true;
        if (Volatile.Read(ref _ticking) == 0)
            _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        if (_stopped.IsCancellationRequested)
            return;
        _stopped.Cancel();
        _timer.Dispose();
        _activation.Forget(this);
    }

    internal override void Start(Activation activation)
    {
        _changed = false;
        if (_options.KeepAlive)
            activation.Touch(activation.Engine.Now);
        _ = TickAsync();
    }

    internal override void Refuse(GrainEngine host, Exception reason)
    {
    }

    private static void Validate(TimeSpan time, string name)
    {
        var milliseconds = (long)time.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfLessThan(milliseconds, -1, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(milliseconds, 0xfffffffe, name);
    }

    private void Elapsed()
    {
        if (Interlocked.Exchange(ref _ticking, 1) == 0)
            _mailbox.Post(this);
    }

    private async Task TickAsync()
    {
        try
        {
            await _callback(_stopped.Token);
        }
        catch (Exception exception)
        {
            _mailbox.Engine.TimerFailed(exception, _mailbox.Grain);
        }

        Volatile.Write(ref _ticking, 0);
        if (!_stopped.IsCancellationRequested)
            _timer.Change(_changed ? _due : _period, Timeout.InfiniteTimeSpan);
        _activation.Completed(this);
    }
}
