namespace FlashSale.Grains.Ledger;

/// <summary>
/// What this process knows of its store: when a durable write and when a group last went through. Told by whoever asks the store anyway,
/// judged by <see cref="StoreWatch"/>; reading it costs nothing.
/// </summary>
/// <param name="time">Monotonic time.</param>
internal sealed class StoreHealth(TimeProvider time)
{
    /// <summary>An older proof counts for nothing: the store hangs, or whoever should ask it does.</summary>
    public static readonly TimeSpan ProofMost = TimeSpan.FromSeconds(8);

    private readonly Wake _wake = new();
    private long _wroteAt; // Timestamps; 0: never.
    private long _groupAt;
    private volatile bool _doubted;
    private volatile bool _down;

    /// <summary>True: a purchase could be written just now.</summary>
    public bool IsUp => !_down && IsYounger(ref _wroteAt, ProofMost) && IsYounger(ref _groupAt, ProofMost);

    /// <summary>The last look found the store out of reach. While it is so, its failures are not logged one by one.</summary>
    public bool IsDown => _down;

    /// <summary>A durable write went through.</summary>
    public void Wrote() => Volatile.Write(ref _wroteAt, time.GetTimestamp());

    /// <summary>A group went through.</summary>
    /// <param name="wrote">It had events.</param>
    public void GroupWent(bool wrote)
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _groupAt, now);
        if (wrote) Volatile.Write(ref _wroteAt, now);
    }

    /// <summary>Something failed. That may be the fault of what was asked, so the store is looked at before it is judged.</summary>
    public void Doubt()
    {
        if (_doubted) return;
        _doubted = true;
        _wake.Set();
    }

    /// <summary>Time for a look, if there is cause for one.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Returns when somebody doubts or <see cref="Wake"/> was called. One waiter at a time.</summary>
    public Task Woken() => _wake.Wait();

    /// <summary>True where a look is due: a failure since the last one, or no proof that is young enough.</summary>
    public bool WantsLook(TimeSpan age) => _doubted || _down || !IsYounger(ref _wroteAt, age) || !IsYounger(ref _groupAt, age);

    /// <summary>A look begins: failures from now on are new ones.</summary>
    public void Look() => _doubted = false;

    /// <summary>The verdict of a look.</summary>
    /// <returns>True where it differs from the one before.</returns>
    public bool Judge(bool up)
    {
        var changed = _down == up;
        _down = !up;
        return changed;
    }

    private bool IsYounger(ref long at, TimeSpan age) => Volatile.Read(ref at) is not 0 and var timestamp && time.GetElapsedTime(timestamp) < age;
}
