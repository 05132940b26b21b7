using FlashSale.Embedded;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// Runs everything of a simulation on one thread: continuations, turns of grains, timers. The seed picks what runs next; time stands
/// still while something can run and then jumps to the next timer, or, now and then, jumps although something could run, as on a slow
/// machine.
/// </summary>
internal sealed class SimScheduler
{
    /// <summary>The store's time at which every run begins.</summary>
    public static readonly DateTimeOffset Epoch = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);

    private readonly List<Item> _ready = [];
    private readonly PriorityQueue<(SimTimer Timer, long Version), (long Due, long Order)> _timers = new();
    private readonly Thread _thread = Thread.CurrentThread;
    private long _armed;
    private volatile bool _over;
    private volatile string? _failure;

    public SimScheduler(ulong seed)
    {
        Random = new SimRandom(seed);
        Trace.Add((long)seed);
    }

    /// <summary>Chance in everything that happens by itself; whoever acts of their own will has a source of their own.</summary>
    public SimRandom Random { get; }

    public Trace Trace { get; } = new();

    /// <summary>Virtual time since the beginning.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Chance that a timer fires although something else could run.</summary>
    public double EarlyTimers { get; set; }

    public long Steps { get; private set; }

    /// <summary>Why the run failed, or null.</summary>
    public string? Failure => _failure;

    public void Say(string line) => Trace.Say(Now, line);

    public void Fail(string why)
    {
        if (!_over) _failure ??= why;
    }

    public void Post(Lane lane, SendOrPostCallback callback, object? state)
    {
        if (lane.IsDead || _over || IsElsewhere(lane)) return;
        _ready.Add(new Item(lane, callback, state));
    }

    public void Arm(SimTimer timer, TimeSpan due)
    {
        if (timer.Lane.IsDead || _over || IsElsewhere(timer.Lane)) return;
        timer.Version++;
        if (due < TimeSpan.Zero) return;
        _timers.Enqueue((timer, timer.Version), ((Now + due).Ticks, ++_armed));
    }

    /// <summary>Runs until the condition holds, nothing is left to do, or the run has failed.</summary>
    public void RunUntil(Func<bool> done, long stepsMost)
    {
        var context = SynchronizationContext.Current;
        for (var steps = 0L; _failure is null && !done(); steps++)
        {
            if (steps == stepsMost) Fail($"not done after {stepsMost} steps");
            else if (!Step()) break;
        }

        SynchronizationContext.SetSynchronizationContext(context);
    }

    /// <summary>Nothing runs any more; what is left is dropped.</summary>
    public void End() => _over = true;

    private bool Step()
    {
        Steps++;
        if (_ready.Count > 0 && !(EarlyTimers > 0 && _timers.Count > 0 && Random.Chance(EarlyTimers)))
        {
            var pick = Random.Below(_ready.Count);
            var item = _ready[pick];
            _ready[pick] = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            Run(item, pick);
            return true;
        }

        if (!_timers.TryDequeue(out var entry, out var at)) return false;
        var (timer, version) = entry;
        if (timer.Version != version || timer.Lane.IsDead) return true;
        if (at.Due > Now.Ticks) Now = new TimeSpan(at.Due);
        Trace.Add(at.Due);
        if (!timer.Lane.IsPaused && !timer.Lane.MayAct()) return true;
        if (timer.Lane.IsPaused) timer.Lane.Park(static t => ((SimTimer)t!).Fire(), timer);
        else Guarded(null, static t => ((SimTimer)t!).Fire(), timer, timer.Lane);
        return true;
    }

    private void Run(Item item, int pick)
    {
        if (item.Lane.IsDead) return;
        if (item.Lane.IsPaused)
        {
            item.Lane.Park(item.Callback, item.State);
            return;
        }

        if (!item.Lane.MayAct()) return;
        Now += new TimeSpan(Random.Below(100)); // Up to 10 us: code takes time.
        Trace.Add(pick);
        if (ReferenceEquals(item.Callback, Lane.Turn)) Guarded(null, static m => ((Mailbox)m!).Run(1), item.State, item.Lane);
        else Guarded(item.Lane, item.Callback, item.State, item.Lane);
    }

    private void Guarded(SynchronizationContext? context, SendOrPostCallback callback, object? state, Lane lane)
    {
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            callback(state);
        }
        catch (Exception error)
        {
            Fail($"{lane.Name}: {error}");
        }
    }

    // A continuation that left this thread makes the run a matter of luck. A finalizer may still touch what a dead process left behind.
    private bool IsElsewhere(Lane lane)
    {
        if (Thread.CurrentThread == _thread) return false;
        Fail($"{lane.Name}: something ran on another thread:\n{Environment.StackTrace}");
        return true;
    }

    private readonly record struct Item(Lane Lane, SendOrPostCallback Callback, object? State);
}
