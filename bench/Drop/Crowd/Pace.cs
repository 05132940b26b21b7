namespace FlashSale.Drop.Crowd;

/// <summary>
/// A shopper's own bucket, kept below the contract's 10 calls a second with a burst of 20, so that no shopper is ever rightly
/// refused with rate_limited, however the calls bunch on their way.
/// </summary>
internal struct Pace
{
    const int PerSecond = 8, Burst = 14;

    static readonly TimeSpan PerCall = TimeSpan.FromSeconds(1.0 / PerSecond);

    // The time at which the bucket is full again; earlier than now means it is full (the "theoretical arrival time" of GCRA).
    TimeSpan _full;

    /// <summary>How long to wait until so many calls may be made at once; zero when they may be made now.</summary>
    public readonly TimeSpan WaitFor(int calls, TimeSpan now)
    {
        var wait = _full + (PerCall * calls) - (PerCall * Burst) - now;
        return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
    }

    public void Spend(TimeSpan now) => _full = (_full > now ? _full : now) + PerCall;
}
