using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>One seed, from an empty store to a settled one.</summary>
internal sealed class SimulationRun
{
    private const long StepsMost = 300_000;
    private const int LateComers = 5;
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    private SimulationRun(ulong seed, StoreBug bug)
    {
        Seed = seed;
        Scheduler = new SimScheduler(seed);
        Plan = new Plan(Scheduler.Random);
        Cluster = new SimCluster(Scheduler, Faults.Draw(Scheduler.Random), bug);
        Execute();
    }

    public ulong Seed { get; }

    public SimScheduler Scheduler { get; }

    public SimCluster Cluster { get; }

    public Plan Plan { get; }

    public History History { get; } = new();

    public string? Failure => Scheduler.Failure;

    /// <summary>Store time at which every fault was over, and every call that one had hit.</summary>
    public DateTimeOffset CalmAt { get; private set; }

    public DateTimeOffset SettledAt { get; private set; }

    /// <summary>Everything that the oracle can say about the run.</summary>
    public Findings Judge()
    {
        var findings = new Findings();
        var books = new Books(Cluster.Store.Commits, Cluster.Store.Heads, findings);
        new AnswerCheck(books, History, CalmAt - SimScheduler.Epoch, findings).Run();
        Coverage.Count(Cluster.Store.Commits, History, books, Scheduler.Trace);
        SettledCheck.Run(books, CalmAt, SettledAt, findings);
        return findings;
    }

    /// <summary>Runs a seed on a thread of its own: on one of the pool, tasks would try to run inline that must not.</summary>
    public static SimulationRun Of(ulong seed, StoreBug bug = StoreBug.None)
    {
        SimulationRun? run = null;
        Exception? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                run = new SimulationRun(seed, bug);
            }
            catch (Exception failed)
            {
                error = failed;
            }
        });
        thread.Start();
        thread.Join();
        return run ?? throw new InvalidOperationException($"Seed {seed} broke the simulation itself.", error);
    }

    /// <summary>What a person needs to see why a run failed.</summary>
    public string Report(string why, int lines = 120) =>
        $"seed {Seed}: {why}\n--- the last {lines} lines of the history\n{string.Join('\n', Scheduler.Trace.Lines.TakeLast(lines))}\n--- seed {Seed}: {why}";

    // All processes begin anew, so that what they show is what they read.
    private void LookAgain(Client client, Action<Func<Task>> go)
    {
        foreach (var process in Cluster.Processes.ToArray()) Cluster.Crash(process);
        Scheduler.RunUntil(() => Cluster.Processes.Any(p => p.IsReady), StepsMost);
        foreach (var sku in Plan.Skus) go(() => client.Insist(100, g => g.Grains.Stock(sku).View(), v => new ViewTold(sku, v)));
        foreach (var shopper in History.Of<HoldTold>().Select(t => t.Shopper).Distinct())
        {
            go(() => client.Insist(100, async g => new HoldsTold(shopper, await g.Grains.Cart(shopper).Holds()), told => told));
        }
    }

    private void Execute()
    {
        var left = 0;
        var clients = new Lane(Scheduler, "clients");
        var client = new Client(Cluster, clients, History);
        var random = Scheduler.Random;
        var operators = new Operators(Plan, client, random, Scheduler);
        var clerk = new Clerk(client, random);
        Go(async () =>
        {
            await operators.SetUp();
            Go(operators.Meddle);
        });
        for (var i = 1; i <= Plan.Shoppers; i++) Go(new Shopper(new ShopperId($"s{i}"), Plan, client, random, clerk).Run);

        Scheduler.RunUntil(() => Scheduler.Now >= Plan.Rush, StepsMost);
        Cluster.Calm();
        // A call whose answer was lost just before keeps its caller waiting until its time-out.
        var calm = Scheduler.Now + Cluster.ResponseTimeout + TimeSpan.FromSeconds(8);
        Scheduler.RunUntil(() => Scheduler.Now >= calm, StepsMost);
        CalmAt = Cluster.Store.Clock;
        for (var i = 1; i <= LateComers; i++) Go(new Shopper(new ShopperId($"late{i}"), Plan, client, random, clerk).Run);
        Scheduler.RunUntil(() => left == 0, StepsMost);
        var end = Scheduler.Now + Settling;
        Scheduler.RunUntil(() => Scheduler.Now >= end, StepsMost);
        SettledAt = Cluster.Store.Clock;
        LookAgain(client, Go);
        Scheduler.RunUntil(() => left == 0, StepsMost);
        Scheduler.End();

        void Go(Func<Task> work)
        {
            left++;
            clients.Start(async () =>
            {
                await work();
                left--;
            });
        }
    }
}
