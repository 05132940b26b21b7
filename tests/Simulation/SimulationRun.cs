using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>One seed, from an empty store to a settled one.</summary>
internal sealed class SimulationRun
{
    private const long StepsMost = 300_000;
    private const int LateComers = 5;
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    private readonly SimRandom _draw;

    private SimulationRun(Recipe recipe)
    {
        Recipe = recipe;
        _draw = new SimRandom(recipe.Seed);
        Plan = new Plan(_draw.Fork());
        var setting = Setting.Draw(_draw.Fork());
        var faults = recipe.Simplify(Faults.Draw(_draw.Fork()));
        Scheduler = new SimScheduler(_draw.Next() + recipe.Salt);
        Cluster = new SimCluster(Scheduler, setting, faults, recipe.Bug);
        Execute();
    }

    public Recipe Recipe { get; }

    public SimScheduler Scheduler { get; }

    public SimCluster Cluster { get; }

    public Plan Plan { get; }

    public History History { get; } = new();

    public string? Failure => Scheduler.Failure;

    /// <summary>When every fault was over, and every call that one had hit.</summary>
    public TimeSpan CalmAt { get; private set; }

    public TimeSpan SettledAt { get; private set; }

    /// <summary>Everything that the oracle can say about the run.</summary>
    public Findings Judge()
    {
        var findings = new Findings();
        var books = new Books(Cluster.Store.Commits, Cluster.Store.Heads, findings);
        books.Check(Cluster.Store.Snapshots);
        Cluster.Clocks.Check(Cluster.Store.Commits, Cluster.Store.ClockSteps, findings);
        new AnswerCheck(books, History, Cluster.Calls, Cluster.Clocks, CalmAt, findings).Run();
        new ClaimCheck(books, Cluster.Calls.Claims, findings).Run();
        SettledCheck.Run(books, Cluster.Clocks, CalmAt, SettledAt, findings);
        LinearCheck.Run(Cluster.Store.Commits, Cluster.Calls.Stock, Cluster.Clocks, findings);
        Coverage.Count(this, books);
        return findings;
    }

    /// <summary>Runs a seed on a thread of its own: on one of the pool, tasks would try to run inline that must not.</summary>
    public static SimulationRun Of(Recipe recipe)
    {
        SimulationRun? run = null;
        Exception? error = null;
        var thread = new Thread(() =>
        {
            try
            {
                run = new SimulationRun(recipe);
            }
            catch (Exception failed)
            {
                error = failed;
            }
        });
        thread.IsBackground = true; // One that never ends must not keep the program.
        thread.Start();
        thread.Join();
        return run ?? throw new InvalidOperationException($"Seed {recipe.Seed} broke the simulation itself.", error);
    }

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
        var operators = new Operators(Plan, client, _draw.Fork(), Scheduler);
        Go(async () =>
        {
            await operators.SetUp();
            for (var left = Recipe.Meddling ? Plan.Operators : 0; left > 0; left--) Go(operators.Meddle);
        });
        var shoppers = Enumerable.Range(1, Plan.Shoppers).Select(i => Shopper($"s{i}")).ToArray();
        var lateComers = Enumerable.Range(1, LateComers).Select(i => Shopper($"late{i}")).ToArray();
        foreach (var shopper in shoppers.Take(Recipe.ShoppersMost)) Go(shopper.Run);

        Scheduler.RunUntil(() => Scheduler.Now >= Plan.Rush, StepsMost);
        Cluster.Calm();
        // A call whose answer was lost just before keeps its caller waiting until its time-out.
        var calm = Scheduler.Now + Cluster.Setting.ResponseTimeout + TimeSpan.FromSeconds(8);
        Scheduler.RunUntil(() => Scheduler.Now >= calm, StepsMost);
        CalmAt = Scheduler.Now;
        foreach (var shopper in lateComers.Take(Recipe.ShoppersMost)) Go(shopper.Run);
        Scheduler.RunUntil(() => left == 0, StepsMost);
        var end = Scheduler.Now + Settling;
        Scheduler.RunUntil(() => Scheduler.Now >= end, StepsMost);
        SettledAt = Scheduler.Now;
        LookAgain(client, Go);
        Scheduler.RunUntil(() => left == 0, StepsMost);
        Scheduler.End();

        Shopper Shopper(string id)
        {
            var random = _draw.Fork();
            return new Shopper(new ShopperId(id), Plan, client, random, new Clerk(client, random, id), Recipe.WishesMost);
        }

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
