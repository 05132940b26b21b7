using FlashSale.Embedded;

namespace FlashSale.Simulation.Tests;

/// <summary>Two or three processes on one store, and the nemesis that does them harm.</summary>
internal sealed class SimCluster
{
    private readonly Lane _nemesis;
    private readonly List<SimProcess> _processes = [];
    private readonly bool _mayCrash;
    private readonly Faults _usual;
    private int _made;
    private int _outages;

    public SimCluster(SimScheduler scheduler, Faults faults, StoreBug bug)
    {
        Scheduler = scheduler;
        Faults = _usual = faults;
        _nemesis = new Lane(scheduler, "nemesis");
        var store = new Lane(scheduler, "store");
        Store = new SimStore(store) { Bug = bug };
        Catalog = new SimCatalog(store);
        Directory = new SimDirectory(scheduler, () => Faults, () => [.. _processes.Where(p => p.IsReady).Select(p => p.Engine)]);
        Transport = new SimTransport(_nemesis, () => Faults);
        ResponseTimeout = scheduler.Random.Milliseconds(2_000, 30_000);
        _mayCrash = scheduler.Random.Chance(0.8);
        scheduler.EarlyTimers = faults.EarlyTimers;
        for (var left = scheduler.Random.Between(2, 3); left > 0; left--) Launch();
        if (faults.NemesisEvery is { } every) Haunt(every);
    }

    public SimScheduler Scheduler { get; }

    public SimStore Store { get; }

    public SimCatalog Catalog { get; }

    public SimDirectory Directory { get; }

    public SimTransport Transport { get; }

    public TimeSpan ResponseTimeout { get; }

    public Faults Faults { get; private set; }

    /// <summary>All processes that run, in the order of their start, ready or not.</summary>
    public IReadOnlyList<SimProcess> Processes => _processes;

    /// <summary>Dies, and is followed by a new one some time later.</summary>
    public void Crash(SimProcess process)
    {
        if (!_processes.Remove(process)) return;
        Scheduler.Trace.Reach("crash");
        Scheduler.Say($"cluster {process.Name} dies");
        process.Kill();
        _nemesis.After(Scheduler.Random.Milliseconds(100, 5_000), Launch);
    }

    /// <summary>Is stopped in good order, while its successor already starts.</summary>
    private void Replace(SimProcess process)
    {
        if (!process.IsReady) return;
        Scheduler.Trace.Reach("process replaced in good order");
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

    private void Haunt(TimeSpan every) => _nemesis.After(every * (0.2 + (Scheduler.Random.Fraction() * 1.6)), () =>
    {
        if (Faults == Faults.None) return;
        Strike();
        Haunt(every);
    });

    private void Strike()
    {
        if (_processes.Count == 0) return;
        var victim = Scheduler.Random.Pick(_processes);
        switch (Scheduler.Random.Below(6))
        {
            case 0 when _mayCrash:
                Crash(victim);
                break;
            case 5:
                Replace(victim);
                break;
            case 1:
                Pause(victim);
                break;
            case 2:
                Partition();
                break;
            case 3:
                Outage();
                break;
            default:
                Directory.Heal();
                break;
        }
    }

    private void Pause(SimProcess victim)
    {
        Scheduler.Trace.Reach("process paused");
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
        Scheduler.Trace.Reach("partition");
        Scheduler.Say("cluster partition: every process believes that it is alone");
        Directory.IsPartitioned = true;
        _nemesis.After(Scheduler.Random.Milliseconds(200, 8_000), Directory.Heal);
    }

    private void Outage()
    {
        Scheduler.Trace.Reach("store outage");
        Scheduler.Say("cluster the store fails most calls");
        _outages++;
        Faults = _usual with { StoreRollsBack = 0.3, StoreUnknown = 0.6 };
        _nemesis.After(Scheduler.Random.Milliseconds(100, 3_000), () =>
        {
            if (--_outages == 0 && Faults != Faults.None) Faults = _usual;
        });
    }
}
