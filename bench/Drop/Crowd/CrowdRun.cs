using System.Threading.Channels;
using FlashSale.Drop.Arrivals;

namespace FlashSale.Drop.Crowd;

/// <summary>
/// Plays the drop: workers, each with its lane, step shoppers until the shelf is empty for good and nobody acts any more. Closed loop: a worker
/// sends its next request when the last one was answered. Open loop: shoppers come by a schedule, and workers are added while all are busy.
/// </summary>
internal sealed class CrowdRun(
    Floor floor, LanePool lanes, ShopperScript script, ShelfWatch watch, Timeline timeline, Schedule? schedule, TimeProvider time)
{
    // How exactly turns keep their time.
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);

    readonly Lock _growing = new();
    readonly List<Task> _workers = [];
    bool _isOver;
    int _unserved, _idle;

    /// <summary>How long it took until every shopper had been served once, and how many requests that was: the crowd at full press.</summary>
    public (TimeSpan Took, long Requests) Rush { get; private set; }

    TimeSpan Now => time.GetElapsedTime(0);

    public async Task<ShelfEnd> RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _unserved = floor.Active;
        timeline.Begin(Now);
        foreach (var lane in lanes.All)
            Start(lane, ending);
        var ticking = TickAsync(ending);
        try
        {
            return await watch.RunAsync(ending.Token);
        }
        finally
        {
            timeline.End(Now);
            await ending.CancelAsync();
            floor.Close();
            // A worker's own failure is the cause of whatever else failed, so it is the one thrown.
            await Task.WhenAll([.. Close(), ticking]);
        }
    }

    void Start(Lane lane, CancellationTokenSource ending)
    {
        lock (_growing)
            if (!_isOver)
                _workers.Add(WorkAsync(lane, ending));
    }

    List<Task> Close()
    {
        lock (_growing)
            _isOver = true;
        return _workers;
    }

    async Task WorkAsync(Lane lane, CancellationTokenSource ending)
    {
        await Task.Yield();
        try
        {
            while (!ending.IsCancellationRequested)
                await StepAsync(await NextAsync(), lane);
        }
        catch (ChannelClosedException)
        {
            // Nobody is left.
        }
        catch
        {
            await ending.CancelAsync();
            throw;
        }
    }

    async ValueTask<Shopper> NextAsync()
    {
        if (floor.Ready.TryRead(out var ready))
            return ready;
        Interlocked.Increment(ref _idle);
        try
        {
            // Not WaitToReadAsync, which wakes every idle worker for one shopper.
            return await floor.Ready.ReadAsync(CancellationToken.None);
        }
        finally
        {
            Interlocked.Decrement(ref _idle);
        }
    }

    async ValueTask StepAsync(Shopper shopper, Lane lane)
    {
        timeline.CountStart(shopper.Due, Now);
        var next = Next.Again;
        while (next.Kind == NextKind.Again)
            next = await script.StepAsync(shopper, lane);
        CountServed(shopper);
        switch (next.Kind)
        {
            case NextKind.After:
                floor.Rest(shopper, Now + next.Delay);
                break;
            case NextKind.WaitForStock:
                CountReturn(shopper, lane);
                floor.WaitForStock(shopper);
                break;
            default:
                floor.Leave();
                break;
        }
    }

    void CountServed(Shopper shopper)
    {
        if (shopper.Served)
            return;
        shopper.Served = true;
        if (Interlocked.Decrement(ref _unserved) == 0)
            Rush = (Now - timeline.Origin, lanes.Sum(tally => tally.Requests));
    }

    static void CountReturn(Shopper shopper, Lane lane)
    {
        // Refused for the first time it only waits; refused again it has been back.
        if (shopper.CameBack)
            lane.Tally.Returns++;
        shopper.CameBack = true;
    }

    async Task TickAsync(CancellationTokenSource ending)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token))
            {
                // Who is still in line from the last tick found no worker.
                if (schedule is not null)
                    Grow(ending);
                schedule?.LetIn(timeline.Origin, Now);
                floor.WakeRested(Now);
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
        catch
        {
            await ending.CancelAsync();
            throw;
        }
    }

    void Grow(CancellationTokenSource ending)
    {
        for (var wanted = floor.Backlog - Volatile.Read(ref _idle); wanted > 0 && !ending.IsCancellationRequested; wanted--)
        {
            if (lanes.TryGrow() is not { } lane)
                return;
            Start(lane, ending);
        }
    }
}
