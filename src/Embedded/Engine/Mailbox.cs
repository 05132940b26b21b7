using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>
/// The turns of one grain: an inbox, and the <see cref="TaskScheduler"/> that every line of the grain's code runs on. It outlives the
/// activations of its grain, so that requests stay in order while one activation hands over to the next, and is closed when it
/// has neither activation nor work.
/// </summary>
internal sealed class Mailbox(GrainEngine engine, GrainId grain, GrainClass grainClass) : TaskScheduler, IThreadPoolWorkItem
{
    /// <summary>Turns that one pool item runs before it lets others go first.</summary>
    private const int FairTurns = 64;

    private readonly Lock _gate = new();

    // Guarded by _gate. Entries are tasks (continuations of the grain's code) and turn items.
    private List<object> _inbox = [];
    private bool _scheduled;
    private bool _closed;

    // Touched by the turn that runs only.
    private readonly Queue<Work> _held = [];
    private List<object> _batch = [];
    private int _next;
    private int _turnsMax;
    private Task? _pump;

    internal GrainEngine Engine { get; } = engine;

    internal GrainId Grain { get; } = grain;

    internal GrainClass Class { get; } = grainClass;

    /// <summary>The activation that requests go to; null when the next one has to make it.</summary>
    internal Activation? Activation { get; private set; }

    /// <summary>The activation whose turn runs on this thread.</summary>
    internal static Activation? CurrentActivation => (Current as Mailbox)?.Activation;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Whether the calling code runs in a turn of this mailbox.</summary>
    internal bool InTurn => ReferenceEquals(Current, this);

    /// <summary>Queues an item. False when the mailbox has closed: the grain then has, or will get, another one.</summary>
    internal bool Post(TurnItem item) => Post(item, evenIfClosed: false);

    void IThreadPoolWorkItem.Execute() => Run(FairTurns);

    /// <summary>Runs some turns; called by the turn scheduler, once for each time it was asked.</summary>
    internal void Run(int turnsMax)
    {
        if (Engine.IsDead)
            return;

        // A captured context would win over the task scheduler at every await of the grain.
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            // Turns run inside a task of this scheduler, so that TaskScheduler.Current is right in them: one task for many turns.
            _turnsMax = turnsMax;
            _pump = new Task(static mailbox => ((Mailbox)mailbox!).Pump(), this);
            _pump.Start(this);
            TryExecuteTask(_pump);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }

        bool again, close;
        lock (_gate)
        {
            again = _next < _batch.Count || _inbox.Count > 0;
            close = !again && Activation is null && _held.Count == 0 && !_closed;
            _closed |= close;
            _scheduled = again;
        }

        // From here on another thread may run this mailbox.
        if (again)
            Engine.Scheduler.Schedule(this);
        else if (close)
            Engine.Remove(this);
    }

    /// <summary>A request or tick has its turn.</summary>
    internal void Receive(Work work)
    {
        if (Activation is { } current && current.Admit(work))
            return;
        if (work.IsVoid)
            return;
        _held.Enqueue(work);
        if (Activation is null)
            Activate();
    }

    /// <summary>The activation is ready: it takes what waited, in order, as long as it takes any.</summary>
    internal void ReleaseHeld(Activation to)
    {
        while (_held.TryPeek(out var work) && to.Admit(work))
            _held.Dequeue();
    }

    /// <summary>The activation starts nothing more: what it had queued goes before what came later.</summary>
    internal void TakeBack(Queue<Work> waiting)
    {
        var later = _held.ToArray();
        _held.Clear();
        foreach (var work in waiting)
        {
            if (work is not GrainTimer)
                _held.Enqueue(work);
        }

        waiting.Clear();
        foreach (var work in later)
            _held.Enqueue(work);
    }

    /// <summary>The activation has ended; what waits wakes a successor.</summary>
    internal void Vacate(Activation activation)
    {
        if (!ReferenceEquals(Activation, activation))
            return;
        Activation = null;
        if (_held.Count > 0)
            Activate();
    }

    /// <summary>The activation could not start: whoever waited for it hears why; a later request tries anew.</summary>
    internal void Abort(Activation activation, Exception reason)
    {
        if (!ReferenceEquals(Activation, activation))
            return;
        Activation = null;
        while (_held.TryDequeue(out var work))
            work.Refuse(Engine, reason);
    }

    protected override void QueueTask(Task task)
    {
        if (!ReferenceEquals(task, _pump))
            Post(task, evenIfClosed: true);
    }

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) =>
        !taskWasPreviouslyQueued && InTurn && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [];

    /// <summary>
    /// Tasks are taken even when closed: they belong to code that an ended activation left running, and still must not run beside
    /// each other.
    /// </summary>
    private bool Post(object item, bool evenIfClosed)
    {
        lock (_gate)
        {
            if (_closed && !evenIfClosed)
                return false;
            _inbox.Add(item);
            if (_scheduled)
                return true;
            _scheduled = true;
        }

        Engine.Scheduler.Schedule(this);
        return true;
    }

    private void Activate()
    {
        Activation = new Activation(this);
        _ = Activation.BeginAsync();
    }

    private void Pump()
    {
        for (var turn = 0; turn < _turnsMax && !Engine.IsDead && Take() is { } item; turn++)
        {
            if (item is Task task)
            {
                TryExecuteTask(task);
                continue;
            }

            try
            {
                ((TurnItem)item).Run(this);
            }
            catch (Exception exception)
            {
                Engine.LogTurnFailed(exception, Grain);
            }
        }
    }

    private object? Take()
    {
        if (_next == _batch.Count)
        {
            _batch.Clear();
            _next = 0;
            lock (_gate)
            {
                if (_inbox.Count == 0)
                    return null;
                (_batch, _inbox) = (_inbox, _batch);
            }
        }

        var item = _batch[_next];
        _batch[_next++] = null!;
        return item;
    }
}
