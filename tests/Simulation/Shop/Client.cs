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

    public Lane Lane => lane;

    /// <summary>One call through any gateway that is ready.</summary>
    /// <param name="work">The gateway's part.</param>
    /// <param name="told">What to record when the gateway answers.</param>
    public Task<Heard<T>> Call<T>(Func<SimProcess, Task<T>> work, Func<T, Told> told)
        where T : class
    {
        var heard = new TaskCompletionSource<Heard<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var askedAt = cluster.Scheduler.Now;
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
                value = await work(gateway);
            }
            catch (Exception error)
            {
                var problem = Problem.Of(error);
                cluster.Scheduler.Say($"{gateway.Name} answers {problem.Kind.Code}: {error.Message}");
                if (problem.Kind == ProblemKind.Internal) cluster.Scheduler.Fail($"{gateway.Name} answered 500: {error}");
                Record(new NothingTold(error.Message), askedAt);
                lane.After(Latency(), () => heard.TrySetResult(default));
                return;
            }

            var record = Record(told(value), askedAt);
            cluster.Scheduler.Say($"{gateway.Name} answers {record}");
            if (Random.Chance(cluster.Faults.MessageLost)) cluster.Scheduler.Trace.Reach("answer to a client lost");
            else lane.After(Latency(), () => heard.TrySetResult(new Heard<T>(true, value)));
        }
    }

    private Told Record(Told told, TimeSpan askedAt)
    {
        var record = told with { AskedAt = askedAt, AnsweredAt = cluster.Scheduler.Now, Durable = cluster.Store.Commits.Count };
        history.Add(record);
        return record;
    }

    /// <summary>Repeats a call until an answer is heard, or gives up.</summary>
    public async Task<T?> Insist<T>(int tries, Func<SimProcess, Task<T>> work, Func<T, Told> told)
        where T : class
    {
        for (var left = tries; left > 0; left--)
        {
            var answer = await Call(work, told);
            if (answer.Answered) return answer.Value;
            cluster.Scheduler.Trace.Reach("client repeats");
            await lane.Delay(Random.Milliseconds(50, 2_000));
        }

        return null;
    }

    private TimeSpan Latency() =>
        Random.Chance(cluster.Faults.MessageLate) ? Random.Milliseconds(50, 4_000) : TimeSpan.FromMicroseconds(Random.Between(200, 5_000));
}
