namespace FlashSale.Gateway.Http;

/// <summary>
/// How many purchases may be in progress, so that whoever is let in is answered in time: as many as are decided within
/// <see cref="LoadOptions.TargetSeconds"/> at the rate just measured (Little's law), once the house is so full that the next one would take longer.
/// Without it a crowd of ten times what can be served would wait ever longer, all of it.
/// </summary>
/// <remarks>
/// The rate is the best of late, fading by a tenth each tenth of a second: a store that pauses, or a ledger that another process has for a moment, says
/// nothing about what can be done in general. The limit rises by an eighth a tenth of a second. Below <see cref="LoadOptions.LeastPurchases"/> nobody is turned away, so neither a pause of
/// the store nor a cold start does that to a crowd of common size.
/// </remarks>
internal sealed class PurchaseLimit
{
    private const int SampleLeast = 16; // Fewer tell nothing about a rate.
    private const int ComebackMostMs = 10_000;
    private const double Fading = 0.9;
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly TimeSpan _target;
    private readonly int _least;
    private readonly int _most;
    private int _inside;
    private int _limit;

    // Of the window that runs; the gate is for whoever ends it.
    private readonly Lock _gate = new();
    private long _windowAt;
    private long _decided;
    private long _ticks;
    private long _refused;
    private double _refusedPerDecided;
    private double _inTime;
    private long _comebacks;

    public PurchaseLimit(LoadOptions options, HttpOptions http, TimeProvider time, HttpInstruments? instruments = null)
    {
        (_time, _target, _most) = (time, TimeSpan.FromSeconds(options.TargetSeconds), http.MaxRequests);
        _least = Math.Min(options.LeastPurchases, _most);
        _limit = _most;
        _windowAt = time.GetTimestamp();
        instruments?.Observe(this);
    }

    /// <summary>Purchases in progress.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>How many may be.</summary>
    public int Limit => Volatile.Read(ref _limit);

    /// <summary>False: turned away. True: <see cref="Leave"/> must follow.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _inside) <= Limit) return true;
        Interlocked.Decrement(ref _inside);
        Interlocked.Increment(ref _refused);
        return false;
    }

    /// <summary>A purchase that was let in ends.</summary>
    /// <param name="began">Timestamp of when it was let in; null where nothing was decided, which says nothing about how long a decision takes.</param>
    public void Leave(long? began)
    {
        var inside = Interlocked.Decrement(ref _inside);
        if (began is not { } at) return;
        var now = _time.GetTimestamp();
        Interlocked.Add(ref _ticks, _time.GetElapsedTime(at, now).Ticks);
        if (Interlocked.Increment(ref _decided) < SampleLeast || _time.GetElapsedTime(Volatile.Read(ref _windowAt), now) < Window || !_gate.TryEnter()) return;
        try
        {
            // Another may have ended it meanwhile, with what this one counted.
            if (Volatile.Read(ref _decided) >= SampleLeast && _time.GetElapsedTime(_windowAt, now) >= Window) EndWindow(inside, now);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>After how long one who was turned away finds room, if the others come back as they are told: 1-10 s, jittered.</summary>
    public long ComebackMs()
    {
        var ms = (int)Math.Min(1000 * (1 + Volatile.Read(ref _refusedPerDecided)), ComebackMostMs);
        return Jitter.Over(ms, ms / 2, Interlocked.Increment(ref _comebacks));
    }

    private void EndWindow(int inside, long now)
    {
        var elapsed = _time.GetElapsedTime(_windowAt, now);
        Volatile.Write(ref _windowAt, now);
        var decided = Interlocked.Exchange(ref _decided, 0);
        var each = TimeSpan.FromTicks(Interlocked.Exchange(ref _ticks, 0) / decided);
        Volatile.Write(ref _refusedPerDecided, Interlocked.Exchange(ref _refused, 0) / (double)decided);

        // A rate says what the house can do only while it is busy: then purchases take a part of the target at least.
        _inTime = Math.Max(decided * (_target / elapsed), _inTime * Fading);
        if (each > _target / 4 && inside > _inTime) Volatile.Write(ref _limit, Math.Clamp((int)_inTime, _least, _most));
        else if (Limit is var limit && limit < _most) Volatile.Write(ref _limit, Math.Min(_most, limit + Math.Max(1, limit / 8)));
    }
}
