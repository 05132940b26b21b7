namespace FlashSale.Drop.Crowd;

/// <summary>The crowd's lanes. A closed loop uses as many as it began with; in an open loop more are opened while all are busy, up to a bound.</summary>
internal sealed class LanePool(int bound, Func<Lane> open, TimeProvider time) : IDisposable
{
    /// <summary>With so many an open loop begins.</summary>
    public const int First = 64;

    static readonly TimeSpan CutEvery = TimeSpan.FromMilliseconds(50);

    readonly Lock _lock = new();
    volatile Lane[] _lanes = [];

    /// <summary>As they are now; the array is never changed.</summary>
    public IReadOnlyList<Lane> All => _lanes;

    public int Bound => bound;

    /// <summary>One lane more, or null at the bound.</summary>
    public Lane? TryGrow()
    {
        lock (_lock)
        {
            if (_lanes.Length == bound)
                return null;
            var lane = open();
            _lanes = [.. _lanes, lane];
            return lane;
        }
    }

    public long Sum(Func<Tally, long> count) => _lanes.Sum(lane => count(lane.Tally));

    /// <summary>Cuts requests that hang, until it is told to end.</summary>
    public async Task CutLateAsync(CancellationToken end)
    {
        using var timer = new PeriodicTimer(CutEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
                foreach (var lane in _lanes)
                    lane.CutIfLate(time.GetTimestamp());
        }
        catch (OperationCanceledException)
        {
            // There is nothing more to cut.
        }
    }

    public void Dispose()
    {
        foreach (var lane in _lanes)
            lane.Dispose();
    }
}
