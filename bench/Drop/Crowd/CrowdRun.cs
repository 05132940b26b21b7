using FlashSale.Drop.Operator;

namespace FlashSale.Drop.Crowd;

/// <summary>
/// Plays the drop: a fixed number of workers, each with its lane, step shoppers until the shelf is empty for good and nobody acts any more.
/// Closed loop: a worker sends its next request when the last one was answered.
/// </summary>
internal sealed class CrowdRun(Floor floor, Lane[] lanes, ShopperScript script, ShelfWatch watch, TimeProvider time)
{
    static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    int _unserved;
    long _startTimestamp;

    /// <summary>How long it took until every shopper had been served once, and how many requests that was: the crowd at full press.</summary>
    public (TimeSpan Took, long Requests) Rush { get; private set; }

    public async Task<ShelfEnd> RunAsync(CancellationToken stop)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // Outlives the workers: it is what cuts a request that hangs.
        using var ticker = new CancellationTokenSource();
        var ticking = TickAsync(ticker.Token);
        (_unserved, _startTimestamp) = (floor.Active, time.GetTimestamp());
        var workers = lanes.Select(lane => WorkAsync(lane, ending)).ToArray();
        try
        {
            return await watch.RunAsync(ending.Token);
        }
        finally
        {
            await ending.CancelAsync();
            floor.Close();
            // A worker's own failure is the cause of whatever else failed, so it is the one thrown.
            await Task.WhenAll(workers);
            await ticker.CancelAsync();
            await ticking;
        }
    }

    async Task WorkAsync(Lane lane, CancellationTokenSource ending)
    {
        await Task.Yield();
        try
        {
            while (!ending.IsCancellationRequested && await floor.Ready.WaitToReadAsync(CancellationToken.None))
                while (!ending.IsCancellationRequested && floor.Ready.TryRead(out var shopper))
                    await StepAsync(shopper, lane);
        }
        catch
        {
            await ending.CancelAsync();
            throw;
        }
    }

    async ValueTask StepAsync(Shopper shopper, Lane lane)
    {
        var next = Next.Again;
        while (next.Kind == NextKind.Again)
            next = await script.StepAsync(shopper, lane);
        CountServed(shopper);
        switch (next.Kind)
        {
            case NextKind.After:
                floor.Rest(shopper, time.GetElapsedTime(0) + next.Delay);
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
            Rush = (time.GetElapsedTime(_startTimestamp), lanes.Sum(lane => lane.Tally.Requests));
    }

    static void CountReturn(Shopper shopper, Lane lane)
    {
        // Refused for the first time it only waits; refused again it has been back.
        if (shopper.CameBack)
            lane.Tally.Returns++;
        shopper.CameBack = true;
    }

    async Task TickAsync(CancellationToken ending)
    {
        using var timer = new PeriodicTimer(Tick, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ending))
            {
                floor.WakeRested(time.GetElapsedTime(0));
                foreach (var lane in lanes)
                    lane.CutIfLate(time.GetTimestamp());
            }
        }
        catch (OperationCanceledException)
        {
            // The run is over.
        }
    }
}
