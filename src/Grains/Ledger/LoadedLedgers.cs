using System.Collections.Concurrent;

namespace FlashSale.Grains.Ledger;

/// <summary>What this process has in memory of one kind of ledger. Counted as ledgers open, grow and close; read now and then by an observer.</summary>
internal sealed class LoadedLedgers
{
    private long _ledgers;
    private long _entries;

    public long Ledgers => Volatile.Read(ref _ledgers);

    /// <summary>Holds, claims, operations: what their states remember.</summary>
    public long Entries => Volatile.Read(ref _entries);

    public void Opened() => Interlocked.Increment(ref _ledgers);

    public void Grew(long entries) => Interlocked.Add(ref _entries, entries);

    public void Closed() => Interlocked.Decrement(ref _ledgers);
}

/// <summary>
/// Ledgers of which this process has sent a group whose outcome nobody knows: it may still happen. A state that is merely read may be one group short,
/// so whoever opens one takes the right to write first, even if only to refuse. The latest ones, as many as can be queued for the store at
/// once: what is older has long ended, and most of it are carts that nobody opens again.
/// </summary>
internal sealed class Unsettled
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, long> _ledgers = new(StringComparer.Ordinal);
    private readonly Queue<KeyValuePair<string, long>> _order = new();
    private long _added;

    public bool Contains(string ledger) => _ledgers.ContainsKey(ledger);

    public void Add(string ledger)
    {
        lock (_gate)
        {
            _ledgers[ledger] = ++_added;
            _order.Enqueue(KeyValuePair.Create(ledger, _added));
            // Not the ledger itself, if it was added once more since.
            if (_order.Count > GroupWriter.QueueMost) _ledgers.TryRemove(_order.Dequeue());
        }
    }

    /// <summary>Its epoch was raised: what was on its way has happened, or never will.</summary>
    public void Remove(string ledger) => _ledgers.TryRemove(ledger, out _);
}

/// <summary>Ledgers that were found damaged when they were opened last. Bounded: beyond that many, nobody needs the exact number.</summary>
internal sealed class Quarantine
{
    private const int LedgersMost = 4096;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _ledgers = new(StringComparer.Ordinal);
    private volatile int _count;

    public int Count => _count;

    /// <summary>True where it was not known to be damaged.</summary>
    public bool Add(string ledger)
    {
        lock (_gate)
        {
            if (_ledgers.Count >= LedgersMost || !_ledgers.Add(ledger)) return false;
            _count = _ledgers.Count;
            return true;
        }
    }

    /// <summary>It could be opened. True where it was damaged before.</summary>
    public bool Remove(string ledger)
    {
        if (_count == 0) return false;
        lock (_gate)
        {
            var removed = _ledgers.Remove(ledger);
            _count = _ledgers.Count;
            return removed;
        }
    }
}
