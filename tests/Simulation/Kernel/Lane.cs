using FlashSale.Embedded;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// Where the code of one simulated process runs: its <see cref="SynchronizationContext"/> brings every continuation back here, and its
/// grains' mailboxes are scheduled here. When the process dies, all of it is dropped; while it is paused (a stopped process, a long
/// collection), nothing of it runs.
/// </summary>
internal sealed class Lane(SimScheduler scheduler, string name) : SynchronizationContext, ITurnScheduler
{
    private readonly List<(SendOrPostCallback Callback, object? State)> _parked = [];
    private readonly List<Mailbox> _mailboxes = [];
    private readonly HashSet<Mailbox> _seen = [];
    private volatile bool _dead;

    public string Name => name;

    public bool IsDead => _dead;

    public bool IsPaused { get; private set; }

    public SimScheduler Scheduler => scheduler;

    /// <summary>Every mailbox that had a turn here, in the order of their first ones.</summary>
    public IReadOnlyList<Mailbox> Mailboxes => _mailboxes;

    /// <summary>When the process in this lane dies by itself; null for lanes that are no process.</summary>
    public Mortality? Mortality { get; set; }

    /// <summary>Asked before each step and before each deed that others can see: a dead process does nothing more, not even to the end of its line.</summary>
    public bool MayAct(bool deed = false)
    {
        if (!_dead) Mortality?.Draw(deed);
        return !_dead;
    }

    // Promises that insist on asynchronous continuations make Task.WhenAll complete on the thread pool, where no seed rules.
    TaskCreationOptions ITurnScheduler.PromiseOptions => TaskCreationOptions.None;

    public void Schedule(Mailbox mailbox)
    {
        if (_seen.Add(mailbox)) _mailboxes.Add(mailbox);
        scheduler.Post(this, Turn, mailbox);
    }

    public override void Post(SendOrPostCallback d, object? state) => scheduler.Post(this, d, state);

    public override void Send(SendOrPostCallback d, object? state) => throw new InvalidOperationException("Nobody may wait for another lane.");

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Starts an asynchronous method in this lane; its failure fails the run.</summary>
    public void Start(Func<Task> work) => Post(
        _ =>
        {
            var task = work();
            if (!task.IsCompletedSuccessfully) _ = Watch(task);
        },
        state: null);

    /// <summary>Runs once after the delay, in this lane.</summary>
    public void After(TimeSpan delay, Action action) => scheduler.Arm(new SimTimer(this, _ => action(), state: null), delay);

    /// <summary>Completes after the delay.</summary>
    public Task Delay(TimeSpan delay)
    {
        var done = new TaskCompletionSource();
        After(delay, done.SetResult);
        return done.Task;
    }

    public void Kill() => _dead = true;

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        IsPaused = false;
        foreach (var (callback, state) in _parked) scheduler.Post(this, callback, state);
        _parked.Clear();
    }

    public void Park(SendOrPostCallback callback, object? state) => _parked.Add((callback, state));

    /// <summary>Marks a mailbox in the scheduler's list; the scheduler runs it by itself, with as many turns as it draws.</summary>
    public static readonly SendOrPostCallback Turn = _ => throw new InvalidOperationException("Only a mark.");

    private async Task Watch(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            scheduler.Fail($"{name}: {error}");
        }
    }
}
