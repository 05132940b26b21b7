using System.Threading.Channels;

namespace FlashSale.Drop.Crowd;

/// <summary>What becomes of a shopper after a step.</summary>
internal readonly record struct Next(NextKind Kind, TimeSpan Delay = default)
{
    public static readonly Next Again = new(NextKind.Again), WaitForStock = new(NextKind.WaitForStock), Leave = new(NextKind.Leave);

    public static Next After(TimeSpan delay) => new(NextKind.After, delay);
}

internal enum NextKind
{
    Again,
    After,
    WaitForStock,
    Leave,
}

/// <summary>
/// Where every shopper is: ready for a worker, resting until a time, waiting for stock to come back, or gone. Nobody who rests or waits
/// holds a connection, so a crowd of any size fits on a few.
/// </summary>
/// <param name="timeline">In an open loop, where every turn has a time of its own from which its latency counts; null in a closed one.</param>
internal sealed class Floor(Timeline? timeline = null)
{
    readonly Channel<Shopper> _ready = Channel.CreateUnbounded<Shopper>();
    readonly Lock _lock = new();
    readonly PriorityQueue<Shopper, TimeSpan> _resting = new();
    readonly Queue<Shopper> _waiting = new();
    int _active;

    public ChannelReader<Shopper> Ready => _ready.Reader;

    public int Backlog => _ready.Reader.Count;

    /// <summary>Shoppers who will act by themselves: on their way, ready, with a worker, or resting.</summary>
    public int Active => Volatile.Read(ref _active);

    public int Waiting
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>All at once, as a closed loop begins.</summary>
    public void Enter(IReadOnlyCollection<Shopper> shoppers)
    {
        Expect(shoppers.Count);
        foreach (var shopper in shoppers)
            _ready.Writer.TryWrite(shopper);
    }

    /// <summary>So many will arrive one by one.</summary>
    public void Expect(int shoppers) => Interlocked.Add(ref _active, shoppers);

    public void Arrive(Shopper shopper, TimeSpan due)
    {
        (shopper.Arrived, shopper.Due) = (due, due);
        _ready.Writer.TryWrite(shopper);
    }

    public void Rest(Shopper shopper, TimeSpan until)
    {
        lock (_lock)
            _resting.Enqueue(shopper, until);
    }

    public void WaitForStock(Shopper shopper)
    {
        lock (_lock)
            _waiting.Enqueue(shopper);
        Interlocked.Decrement(ref _active);
    }

    public void Leave() => Interlocked.Decrement(ref _active);

    public void WakeRested(TimeSpan now)
    {
        lock (_lock)
            while (_resting.TryPeek(out _, out var until) && until <= now)
                MakeReady(_resting.Dequeue(), until, now);
    }

    /// <summary>Those who have waited longest come back first, at most so many.</summary>
    public void WakeWaiting(int count, TimeSpan now)
    {
        lock (_lock)
        {
            for (; count > 0 && _waiting.TryDequeue(out var shopper); count--)
            {
                Interlocked.Increment(ref _active);
                MakeReady(shopper, now, now);
            }
        }
    }

    /// <summary>Workers end after the step they are in.</summary>
    public void Close() => _ready.Writer.TryComplete();

    void MakeReady(Shopper shopper, TimeSpan due, TimeSpan now)
    {
        if (timeline is not null)
        {
            timeline.CountDue(due, now);
            shopper.Due = due;
        }

        _ready.Writer.TryWrite(shopper);
    }
}
