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
