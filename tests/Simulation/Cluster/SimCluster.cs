using FlashSale.Embedded;
using Orleans;

namespace FlashSale.Simulation.Tests;

/// <summary>Two or three processes on one store, and the nemesis that does them harm.</summary>
internal sealed class SimCluster
{
    private static readonly TimeSpan LookAtClocksEvery = TimeSpan.FromMilliseconds(500);

    private readonly Lane _nemesis;
    private readonly List<SimProcess> _processes = [];
    private readonly Faults _usual;
    private int _made;
    private int _outages;

    public SimCluster(SimScheduler scheduler, Setting setting, Faults faults, StoreBug bug)
    {
        Scheduler = scheduler;
        Setting = setting;
        Faults = _usual = faults;
        _nemesis = new Lane(scheduler, "nemesis");
        var store = new Lane(scheduler, "store");
        Store = new SimStore(store) { Bug = bug };
        Catalog = new SimCatalog(store);
        Directory = new SimDirectory(scheduler, setting.Alone, () => Faults, () => [.. _processes.Where(p => p.IsReady).Select(p => p.Engine)]);
        Transport = new SimTransport(_nemesis, () => Faults);
        scheduler.EarlyTimers = faults.EarlyTimers;
        if (setting.Alone) scheduler.Trace.Reach(Situations.Alone);
        for (var left = setting.Processes; left > 0; left--) Launch();
        if (faults.NemesisEvery is { } every) Haunt(every, Strike);
        if (faults.ShedEvery is { } often) Haunt(often, Shed);
        LookAtClocks();
    }

    public SimScheduler Scheduler { get; }

    public Setting Setting { get; }

    public SimStore Store { get; }

    public SimCatalog Catalog { get; }

    public SimDirectory Directory { get; }

    public SimTransport Transport { get; }

    public Faults Faults { get; private set; }

    /// <summary>What the ledger clocks of all processes showed.</summary>
    public Clocks Clocks { get; } = new();

    /// <summary>Every call that a gateway, a shopper or an operator made to a stock or, for a claim, to a cart.</summary>
    public GrainCalls Calls { get; } = new();

    /// <summary>All processes that run, in the order of their start, ready or not.</summary>
    public IReadOnlyList<SimProcess> Processes => _processes;

    /// <summary>When processes died.</summary>
    public List<TimeSpan> Deaths { get; } = [];

    /// <summary>Dies, and is followed by a new one some time later.</summary>
    public void Crash(SimProcess process)
    {
        if (!_processes.Remove(process)) return;
        Scheduler.Trace.Count("crash");
        Scheduler.Say($"cluster {process.Name} dies");
        Deaths.Add(Scheduler.Now);
        if (process.Grains.HasUntold) Scheduler.Trace.Reach(Situations.DiedBetweenStockAndCart);
        process.Kill();
        _nemesis.After(Scheduler.Random.Milliseconds(100, 5_000), Launch);
    }

    /// <summary>Is stopped in good order, while its successor already starts.</summary>
    private void Replace(SimProcess process)
    {
        if (!process.IsReady) return;
        Scheduler.Trace.Reach(Situations.Replaced);
        Scheduler.Say($"cluster {process.Name} is stopped");
        process.Stop(() =>
        {
            if (!_processes.Remove(process)) return;
            Scheduler.Say($"cluster {process.Name} has stopped");
            process.Kill();
        });
        _nemesis.After(Scheduler.Random.Milliseconds(0, 3_000), Launch);
    }

    /// <summary>From now on nothing more goes wrong.</summary>
    public void Calm()
    {
        Faults = Faults.None;
        Scheduler.EarlyTimers = 0;
        Directory.Heal();
        foreach (var process in _processes) process.Lane.Resume();
        Scheduler.Say("cluster faults have stopped");
    }

    private void Launch()
    {
        var process = new SimProcess(this, $"p{++_made}");
        _processes.Add(process);
        process.Start();
    }

    private void LookAtClocks() => _nemesis.After(LookAtClocksEvery, () =>
    {
        foreach (var process in _processes) process.LookAtClock();
        LookAtClocks();
    });

    private void Haunt(TimeSpan every, Action<SimProcess> strike) => _nemesis.After(every * (0.2 + (Scheduler.Random.Fraction() * 1.6)), () =>
    {
        if (Faults == Faults.None) return;
        if (_processes.Count > 0) strike(Scheduler.Random.Pick(_processes));
        Haunt(every, strike);
    });

    private void Strike(SimProcess victim)
    {
        switch (Scheduler.Random.Below(8))
        {
            case 0 when _usual.NemesisKills:
                Crash(victim);
                break;
            case 1:
                Pause(victim);
                break;
            case 2 when !Setting.Alone:
                Partition();
                break;
            case 3:
                Outage();
                break;
            case 4 or 6 when _usual.StoreClockJump > TimeSpan.Zero:
                JumpStoreClock();
                if (Scheduler.Random.Chance(0.5)) Replace(victim); // Only who starts anew begins with the new time.
                break;
            case 5:
                Replace(victim);
                break;
            default:
                Directory.Heal();
                break;
        }
    }

    // As a runtime does that runs out of memory, or evens out its load: each of them goes as soon as its calls have ended, or when that takes too long.
    private void Shed(SimProcess victim)
    {
        Scheduler.Trace.Reach(Situations.Shed);
        Scheduler.Say($"cluster {victim.Name} sheds activations");
        foreach (var mailbox in victim.Lane.Mailboxes)
        {
            if (Scheduler.Random.Chance(0.5)) mailbox.Activation?.Deactivate(new(DeactivationReasonCode.HighMemoryPressure, "The nemesis wants room."));
        }
    }

    private void Pause(SimProcess victim)
    {
        Scheduler.Trace.Reach(Situations.Paused);
        Scheduler.Say($"cluster {victim.Name} is paused");
        victim.Lane.Pause();
        _nemesis.After(Scheduler.Random.Milliseconds(100, 6_000), () =>
        {
            Scheduler.Say($"cluster {victim.Name} goes on");
            victim.Lane.Resume();
        });
    }

    private void Partition()
    {
        Scheduler.Trace.Reach(Situations.Partition);
        Scheduler.Say("cluster partition: every process believes that it is alone");
        Directory.IsPartitioned = true;
        _nemesis.After(Scheduler.Random.Milliseconds(200, 8_000), Directory.Heal);
    }

    private void Outage()
    {
        Scheduler.Trace.Reach(Situations.Outage);
        Scheduler.Say("cluster the store fails most calls");
        _outages++;
        Faults = _usual with { StoreRollsBack = 0.3, StoreUnknown = 0.6 };
        _nemesis.After(Scheduler.Random.Milliseconds(100, 3_000), () =>
        {
            if (--_outages == 0 && Faults != Faults.None) Faults = _usual;
        });
    }

    private void JumpStoreClock()
    {
        var most = (int)_usual.StoreClockJump.TotalMilliseconds;
        var step = Scheduler.Random.Milliseconds(-most, most);
        Scheduler.Trace.Reach(step < TimeSpan.Zero ? Situations.StoreClockWentBack : Situations.StoreClockWentAhead);
        Scheduler.Say($"cluster the store's clock steps by {step}");
        Store.StepClock(step);
    }
}
