using System.Net.Sockets;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Bystanders;

/// <summary>What the bystanders saw.</summary>
/// <param name="Listeners">Event streams.</param>
/// <param name="Boards">Boards that all of them got.</param>
/// <param name="Slow">Slow and half-open connections.</param>
/// <param name="Cuts">How often the server cut one of these.</param>
internal sealed record BystanderCount(int Listeners, long Boards, int Slow, long Cuts);

/// <summary>Everybody who is connected and buys nothing: they must not disturb the sale, and those who listen must hear how it ends.</summary>
internal sealed class Onlookers : IDisposable
{
    const int OpenedAtOnce = 100;

    static readonly TimeSpan HearLimit = TimeSpan.FromSeconds(10), LookEvery = TimeSpan.FromMilliseconds(100);

    readonly List<Listener> _listeners = [];
    readonly DropOptions _options;
    readonly TimeProvider _time;
    SlowConnections? _slow;

    Onlookers(DropOptions options, TimeProvider time) => (_options, _time) = (options, time);

    /// <summary>Every stream has its first board when this ends.</summary>
    public static async Task<Onlookers> GatherAsync(DropOptions options, IReadOnlyList<Target> targets, DropPlan plan, TimeProvider time, CancellationToken stop)
    {
        var onlookers = new Onlookers(options, time);
        try
        {
            foreach (var wave in Enumerable.Range(0, options.Listeners).Chunk(OpenedAtOnce))
            {
                var opened = await Task.WhenAll(wave.Select(i => Listener.OpenAsync(targets[i % targets.Count], plan.Campaign, stop)));
                onlookers._listeners.AddRange(opened);
                await Task.WhenAll(opened.Select(listener => listener.First.WaitAsync(HearLimit, time, stop)));
            }

            onlookers._slow = SlowConnections.Open(targets, plan, options.Slow, time);
            return onlookers;
        }
        catch (Exception e) when (e is SocketException or TimeoutException)
        {
            onlookers.Dispose();
            throw new DropException($"After {onlookers._listeners.Count} of {options.Listeners} event streams: {e.Message} A process may have as many open files as 'ulimit -n' says.", e);
        }
    }

    /// <summary>Whoever listens must have heard that the last unit is gone.</summary>
    public async Task<BystanderCount?> JudgeAsync(bool soldOut, Differences differences, CancellationToken stop)
    {
        if (_options is { Listeners: 0, Slow: 0 })
            return null;
        var start = _time.GetTimestamp();
        while (soldOut && _listeners.Exists(listener => listener is { Ended: false, State: not "soldOut" }) && _time.GetElapsedTime(start) < HearLimit)
            await Task.Delay(LookEvery, _time, stop);
        foreach (var listener in _listeners)
        {
            if (listener.Ended)
                differences.Add("listener", $"an event stream ended after {listener.Boards} boards, the last said {listener.State}.");
            else if (soldOut && listener.State != "soldOut")
                differences.Add("listener", $"an event stream still says {listener.State} {HearLimit.TotalSeconds:0} s after the last unit was gone.");
        }

        return new BystanderCount(_listeners.Count, _listeners.Sum(listener => listener.Boards), _options.Slow, _slow!.Cuts);
    }

    public void Dispose()
    {
        _slow?.Dispose();
        foreach (var listener in _listeners)
            listener.Dispose();
    }
}
