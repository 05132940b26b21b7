using Orleans;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>
/// One life of a grain: admits requests by their modes, and goes from activating through active and draining to gone. Everything
/// here runs in turns of the mailbox, so nothing is locked.
/// </summary>
internal sealed class Activation : TurnItem, IGrainContext
{
    private readonly Mailbox _mailbox;
    private readonly Queue<Work> _waiting = [];
    private readonly HashSet<GrainTimer> _timers = [];
    private readonly TaskCompletionSource _deactivated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _activationAborted = new();
    private Stage _stage = Stage.Activating;
    private DeactivationReason? _reason;
    private Deadline? _deadline;
    private int _exclusive;
    private int _readers;
    private int _interleaved;
    private bool _kicked;

    // Timestamps of the engine's clock. The idle scan reads them from outside of the turns.
    private long _usedAt;
    private long _keepUntil = long.MinValue;

    internal Activation(Mailbox mailbox)
    {
        _mailbox = mailbox;
        Touch(Engine.Now);
    }

    private enum Stage
    {
        /// <summary>Until OnActivateAsync ended; requests are held by the mailbox.</summary>
        Activating,
        Active,

        /// <summary>Running requests finish.</summary>
        Draining,

        /// <summary>OnDeactivateAsync runs.</summary>
        Deactivating,
        Gone,
    }

    public GrainId GrainId => _mailbox.Grain;

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => Engine.Services;

    public Task Deactivated => _deactivated.Task;

    internal GrainEngine Engine => _mailbox.Engine;

    /// <summary>The facets that were injected into the constructor; read before OnActivateAsync.</summary>
    internal List<PersistentState> States { get; } = [];

    private bool IsRunningAny => _exclusive + _readers + _interleaved > 0;

    /// <summary>A stopping process lets an activation finish what it was sent; otherwise a successor does that.</summary>
    private bool Admits => _stage == Stage.Active
        || (_stage == Stage.Draining && _reason!.Value.ReasonCode == DeactivationReasonCode.ShuttingDown);

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    public override int GetHashCode() => GrainId.GetHashCode();

    public override string ToString() => $"{GrainId} ({_stage})";

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (_mailbox.InTurn)
            Drain(deactivationReason);
        else
            _mailbox.Post(new DeactivateItem(this, deactivationReason));
    }

    internal void DelayDeactivation(TimeSpan time)
    {
        var now = Engine.Now;
        Volatile.Write(ref _keepUntil, time < TimeSpan.Zero && time != Timeout.InfiniteTimeSpan ? long.MinValue
            : time == Timeout.InfiniteTimeSpan || time == TimeSpan.MaxValue ? long.MaxValue : now + Engine.ToTimestamp(time));
    }

    internal IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        if (_stage > Stage.Active)
            throw new InvalidOperationException($"{GrainId} is being deactivated; it can have no new timer.");
        var timer = new GrainTimer(this, _mailbox, callback, options);
        _timers.Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    internal void Forget(GrainTimer timer) => _timers.Remove(timer);

    internal void Touch(long at) => Volatile.Write(ref _usedAt, at);

    /// <summary>Whether nobody has used it for the collection age. A hint when asked from outside of its turns.</summary>
    internal bool LooksIdle(long now, long age) =>
        !IsRunningAny && now - Volatile.Read(ref _usedAt) >= age && now >= Volatile.Read(ref _keepUntil);

    /// <summary>In a turn: collects the activation if it still is idle.</summary>
    internal void CollectIfIdle(long age)
    {
        if (_stage == Stage.Active && _waiting.Count == 0 && LooksIdle(Engine.Now, age))
            Drain(new(DeactivationReasonCode.ActivationIdle, "No request came for the collection age."));
    }

    /// <summary>Constructs the grain, reads its states and calls OnActivateAsync.</summary>
    internal async Task BeginAsync()
    {
        _deadline = new(_mailbox, this, Engine.Collection.ActivationTimeout);
        try
        {
            var instance = (IGrainBase)_mailbox.Class.Construct(this);
            GrainInstance = instance;
            foreach (var state in States)
                await state.ReadStateAsync();
            await instance.OnActivateAsync(_activationAborted.Token);
        }
        catch (Exception exception)
        {
            Engine.ActivationFailed(exception, GrainId);
            FailActivation(exception);
            return;
        }

        if (_stage != Stage.Activating)
            return;
        _deadline.Dispose();
        _stage = Stage.Active;
        Touch(Engine.Now);
        if (_reason is { } reason)
            Drain(reason);
        _mailbox.ReleaseHeld(this);
        if (Engine.IsStopping)
            Drain(new(DeactivationReasonCode.ShuttingDown, "The process stops."));
    }

    /// <summary>Starts or queues the work. False when this activation takes none: the mailbox keeps it.</summary>
    internal bool Admit(Work work)
    {
        if (!Admits)
            return false;
        if (work.IsVoid)
            return true;
        var mode = ModeOf(work);
        if (mode == RequestMode.Interleave || (_waiting.Count == 0 && MayStart(mode)))
            Start(work, mode);
        else
            _waiting.Enqueue(work);
        return true;
    }

    /// <summary>The work has ended. Called before the caller hears it, so that whoever has the answer finds the grain at rest.</summary>
    internal void Completed(Work work)
    {
        switch (ModeOf(work))
        {
            case RequestMode.Exclusive: _exclusive--; break;
            case RequestMode.ReadOnly: _readers--; break;
            default: _interleaved--; break;
        }

        if (_stage == Stage.Draining || (_waiting.TryPeek(out var next) && MayStart(ModeOf(next))))
            Kick();
    }

    /// <summary>A turn of the activation's own: start one that waits, or go on with the deactivation.</summary>
    internal override void Run(Mailbox mailbox)
    {
        _kicked = false;
        if (Admits)
        {
            while (_waiting.TryPeek(out var first) && first.IsVoid)
                _waiting.Dequeue();
            if (_waiting.TryPeek(out var next) && MayStart(ModeOf(next)))
            {
                Start(_waiting.Dequeue(), ModeOf(next));
                if (_waiting.TryPeek(out var following) && MayStart(ModeOf(following)))
                    Kick();
            }
        }

        if (_stage == Stage.Draining && !IsRunningAny && _waiting.Count == 0)
            _ = EndAsync();
    }

    /// <summary>The stage that has a deadline took too long.</summary>
    internal void DeadlinePassed(Deadline deadline)
    {
        if (!ReferenceEquals(deadline, _deadline))
            return;
        switch (_stage)
        {
            case Stage.Activating:
                _activationAborted.Cancel();
                FailActivation(new TimeoutException($"{GrainId} was not activated within {Engine.Collection.ActivationTimeout}."));
                break;
            case Stage.Draining:
                Engine.LogDrainTimedOut(GrainId);
                _mailbox.TakeBack(_waiting);
                _ = EndAsync();
                break;
            case Stage.Deactivating:
                Engine.LogDeactivationTimedOut(GrainId);
                deadline.Cancel();
                Leave();
                break;
            default:
                break;
        }
    }

    private RequestMode ModeOf(Work work) => _mailbox.Class.IsReentrant ? RequestMode.Interleave : work.Mode;

    private bool MayStart(RequestMode mode) => mode switch
    {
        RequestMode.Exclusive => _exclusive + _readers == 0,
        RequestMode.ReadOnly => _exclusive == 0,
        _ => true,
    };

    private void Start(Work work, RequestMode mode)
    {
        switch (mode)
        {
            case RequestMode.Exclusive: _exclusive++; break;
            case RequestMode.ReadOnly: _readers++; break;
            default: _interleaved++; break;
        }

        work.Start(this);
    }

    /// <summary>One item per turn: whoever waits behind a long queue is not kept off by it, and nothing recurses.</summary>
    private void Kick()
    {
        if (_kicked)
            return;
        _kicked = true;
        _mailbox.Post(this);
    }

    private void Drain(DeactivationReason reason)
    {
        if (_stage > Stage.Active)
            return;
        _reason ??= reason;
        if (_stage == Stage.Activating)
            return;
        _stage = Stage.Draining;
        StopTimers();
        if (!Admits)
            _mailbox.TakeBack(_waiting);
        _deadline = new(_mailbox, this, Engine.DrainTimeout(_reason.Value.ReasonCode));
        Kick();
    }

    private async Task EndAsync()
    {
        _stage = Stage.Deactivating;
        _deadline?.Dispose();
        var deadline = _deadline = new(_mailbox, this, Engine.DrainTimeout(_reason!.Value.ReasonCode));
        try
        {
            await ((IGrainBase)GrainInstance!).OnDeactivateAsync(_reason!.Value, deadline.Token);
        }
        catch (Exception exception)
        {
            Engine.LogDeactivationFailed(exception, GrainId);
        }

        Leave();
    }

    private void FailActivation(Exception reason)
    {
        if (_stage != Stage.Activating)
            return;
        _stage = Stage.Gone;
        _deadline?.Dispose();
        StopTimers();
        _deactivated.TrySetResult();
        _mailbox.Abort(this, reason);
        _ = DisposeGrainAsync();
    }

    private void Leave()
    {
        if (_stage == Stage.Gone)
            return;
        _stage = Stage.Gone;
        _deadline?.Dispose();
        _deactivated.TrySetResult();
        _ = DisposeGrainAsync();
        _mailbox.Vacate(this);
    }

    private void StopTimers()
    {
        foreach (var timer in _timers.ToArray())
            timer.Dispose();
    }

    private async Task DisposeGrainAsync()
    {
        try
        {
            if (GrainInstance is IAsyncDisposable asyncDisposable)
                await asyncDisposable.DisposeAsync();
            else
                (GrainInstance as IDisposable)?.Dispose();
        }
        catch (Exception exception)
        {
            Engine.LogDeactivationFailed(exception, GrainId);
        }
    }

    private sealed class DeactivateItem(Activation activation, DeactivationReason reason) : TurnItem
    {
        internal override void Run(Mailbox mailbox) => activation.Drain(reason);
    }
}
