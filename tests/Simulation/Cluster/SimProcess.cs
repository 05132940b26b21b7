using FlashSale.Contracts;
using FlashSale.Embedded;
using FlashSale.Gateway;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Purchase;
using FlashSale.Grains;
using FlashSale.Grains.Audit;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Storage;

namespace FlashSale.Simulation.Tests;

/// <summary>One process of the cluster, put together as the silo's host does it: ledgers, grain engine, keeper, gateway.</summary>
#pragma warning disable CA1001 // What it owns is dropped with the run, as a process's memory is.
internal sealed class SimProcess
#pragma warning restore CA1001
{
    private static readonly GrainClasses Classes = new([GrainClassSource.Of(typeof(GrainsHosting).Assembly)]);

    private readonly LedgerEngine _ledgers;
    private readonly Keeper _keeper;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Clocks _clocks;
    private bool _hasClock;

    public SimProcess(SimCluster cluster, string name)
    {
        var scheduler = cluster.Scheduler;
        var random = scheduler.Random;
        Lane = new Lane(scheduler, name) { Mortality = new Mortality(scheduler, () => cluster.Faults, () => cluster.Crash(this)) };
        Journal = new SimJournal(cluster.Store, Lane, () => cluster.Faults, () => cluster.Crash(this));
        _clocks = cluster.Clocks;
        Journal.ClockRead = (asked, store) => _clocks.Compared(Name, asked, Lane.Scheduler.Now, _hasClock ? Clock.Now : null, store);
        var log = new SimLog(Lane);
        var time = new SimTime(Lane, random.Between(-2_000, 2_000), random.Milliseconds(-86_400_000, 86_400_000));
        _ledgers = new LedgerEngine(Journal, time, random.Fraction, log)
        {
            SnapshotEvery = random.Between(3, 40),
            Failed = () => scheduler.Fail($"{name}: a loop of the ledger engine died"),
        };
        var services = new SimServices()
            .Add(_ledgers)
            .Add<IJournal>(Journal)
            .Add<IAuditor>(new NoAuditor())
            .Add<IGrainStorage>(cluster.Catalog, "catalog");
        Engine = new GrainEngine(
            services, Classes, time, Lane, cluster.Directory, cluster.Transport,
            Options.Create(new GrainEngineOptions { Name = name }),
            Options.Create(new SiloMessagingOptions { ResponseTimeout = cluster.Setting.ResponseTimeout }),
            Options.Create(new GrainCollectionOptions
            {
                CollectionAge = random.Milliseconds(5_000, 30_000),
                CollectionQuantum = TimeSpan.FromSeconds(5),
                // Short, so that an activation may have calls under way when its successor begins.
                DeactivationTimeout = random.Milliseconds(50, 2_000),
            }),
            new Logger<GrainEngine>(log));
        Grains = new RecordedGrains(Engine.Factory, cluster.Calls, cluster.Store, Lane);
        _keeper = new Keeper(_ledgers, Engine.Factory, name, new Logger<Keeper>(log));

        var stock = new StockClientOptions { MaxWaiting = random.Chance(0.2) ? 3 : 1_000, MaxBatches = random.Between(1, 4), MaxBatchSize = random.Between(1, 16) };
        Flow = new PurchaseFlow(
            Grains,
            new StockClient(Grains, stock),
            new BoardCache(Engine.Factory, time, new BoardOptions { IdleSeconds = 10 }),
            _ledgers.Clock);
    }

    public string Name => Lane.Name;

    public Lane Lane { get; }

    public GrainEngine Engine { get; }

    public SimJournal Journal { get; }

    /// <summary>The gateway's part.</summary>
    public PurchaseFlow Flow { get; }

    public RecordedGrains Grains { get; }

    public ILedgerClock Clock => _ledgers.Clock;

    /// <summary>Takes requests.</summary>
    public bool IsReady { get; private set; }

    public void Start() => Lane.Start(async () =>
    {
        while (!await TryStart()) await Lane.Delay(TimeSpan.FromMilliseconds(200));
        _hasClock = true;
        Engine.Start();
        IsReady = true;
        LookAtClock();
        Lane.Scheduler.Say($"cluster {Name} is up");
        await _keeper.Run(_stopping.Token);
    });

    /// <summary>Ends as a deployment ends it: refuses, drains, flushes; what is left after the engine's time-out is lost.</summary>
    public void Stop(Action ended) => Lane.Start(async () =>
    {
        IsReady = false;
        _stopping.Cancel();
        await Engine.StopAsync(CancellationToken.None);
        await _ledgers.Stop();
        ended();
    });

    /// <summary>Dies on the spot.</summary>
    public void Kill()
    {
        IsReady = false;
        Engine.Crash();
        Lane.Kill();
        Journal.Cut();
    }

    /// <summary>Writes down what its ledger clock shows.</summary>
    public void LookAtClock()
    {
        if (_hasClock) _clocks.Shown(Name, Lane.Scheduler.Now, Clock.Now);
    }

    // A process that cannot read the store ends and is started again.
    private async Task<bool> TryStart()
    {
        try
        {
            await _ledgers.Start();
            return true;
        }
        catch (Exception error) when (error is IOException or JournalRolledBackException)
        {
            return false;
        }
    }

    private sealed class NoAuditor : IAuditor
    {
        public Task<AuditReport> Run() => throw new NotSupportedException();
    }
}
