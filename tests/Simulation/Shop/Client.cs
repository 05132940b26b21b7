using FlashSale.Contracts;
using FlashSale.Gateway.Http;

namespace FlashSale.Simulation.Tests;

/// <summary>How a call ended for the client who made it.</summary>
/// <param name="Answered">False: an error, or nothing within the client's patience; the outcome is unknown.</param>
/// <param name="Value">The answer.</param>
internal readonly record struct Heard<T>(bool Answered, T? Value)
    where T : class;

/// <summary>The network between clients and gateways: picks a gateway, loses and delays requests and answers, and loses patience.</summary>
internal sealed class Client(SimCluster cluster, Lane lane, History history)
{
    private SimRandom Random => cluster.Scheduler.Random;

    private Trace Trace => cluster.Scheduler.Trace;

    public Lane Lane => lane;

    public History History => history;

    /// <summary>One call through any gateway that is ready.</summary>
    /// <param name="work">The gateway's part.</param>
    /// <param name="told">What to record when the gateway answers.</param>
    /// <param name="operation">What is asked for, where it is an operation.</param>
    public Task<Heard<T>> Call<T>(Func<SimProcess, Task<T>> work, Func<T, Told> told, OperationId? operation = null)
        where T : class
    {
        var heard = new TaskCompletionSource<Heard<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var askedAt = cluster.Scheduler.Now;
        history.Asked(operation);
        lane.After(Random.Milliseconds(1_000, 12_000), () => heard.TrySetResult(default));
        var ready = cluster.Processes.Where(p => p.IsReady).ToArray();
        if (ready.Length == 0 || Random.Chance(cluster.Faults.MessageLost))
        {
            lane.After(Random.Milliseconds(1, 500), () => heard.TrySetResult(default));
            return heard.Task;
        }

        var gateway = Random.Pick(ready);
        gateway.Lane.After(Latency(), () => gateway.Lane.Start(Serve));
        return heard.Task;

        async Task Serve()
        {
            T value;
            try
            {
                var tries = 0;
                value = await FenceRepeat.Run(() =>
                {
                    if (++tries > 1) Trace.Reach(Situations.FenceRepeated);
                    return work(gateway);
                }, answer => answer is StockResult { Status: Status.Overloaded });
            }
            catch (Exception error)
            {
                if (!gateway.Lane.MayAct(deed: true)) return;
                var problem = Problem.Of(error);
                cluster.Scheduler.Say($"{gateway.Name} answers {problem.Kind.Code}: {error.Message}");
                if (problem.Kind == ProblemKind.Internal) cluster.Scheduler.Fail($"{gateway.Name} answered 500: {error}");
                Record(new NothingTold(problem.Kind.Code, error.Message, operation), askedAt, gateway);
                lane.After(Latency(), () => heard.TrySetResult(default));
                return;
            }

            if (!gateway.Lane.MayAct(deed: true)) return;
            if (operation is { } id) gateway.Grains.Told(id);
            var record = Record(told(value), askedAt, gateway);
            cluster.Scheduler.Say($"{gateway.Name} answers {record}");
            if (Random.Chance(cluster.Faults.MessageLost)) Trace.Reach(Situations.AnswerLost);
            else lane.After(Latency(), () => heard.TrySetResult(new Heard<T>(true, value)));
        }
    }

    private Told Record(Told told, TimeSpan askedAt, SimProcess gateway)
    {
        var record = told with { AskedAt = askedAt, AnsweredAt = cluster.Scheduler.Now, Durable = cluster.Store.Commits.Count, By = gateway.Name };
        history.Add(record);
        return record;
    }

    /// <summary>Repeats a call until an answer is heard, or gives up.</summary>
    public async Task<T?> Insist<T>(int tries, Func<SimProcess, Task<T>> work, Func<T, Told> told, OperationId? operation = null)
        where T : class
    {
        for (var left = tries; left > 0; left--)
        {
            var answer = await Call(work, told, operation);
            if (answer.Answered) return answer.Value;
            Trace.Count("client repeats");
            await lane.Delay(Random.Milliseconds(50, 2_000));
        }

        return null;
    }

    private TimeSpan Latency() =>
        Random.Chance(cluster.Faults.MessageLate) ? Random.Milliseconds(50, 4_000) : TimeSpan.FromMicroseconds(Random.Between(200, 5_000));
}
