using System.Collections.Concurrent;
using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>A real journal behind a gate: groups can be held back, failed, or done without anybody hearing of it.</summary>
internal sealed class FaultyJournal(IJournal inner) : IJournal
{
    private readonly Queue<Func<IReadOnlyList<JournalEntry>, Task<bool[]>>> _scripts = new();
    private readonly Queue<Func<IReadOnlyList<LedgerRead>, Task<LedgerContents[]>>> _readScripts = new();
    private readonly Queue<Func<IReadOnlyList<string>, Task<LedgerHead[]>>> _bumpScripts = new();

    private readonly List<TaskCompletionSource> _held = [];

    public IJournal Inner => inner;

    /// <summary>The groups that came, in order.</summary>
    public List<IReadOnlyList<JournalEntry>> Groups { get; } = [];

    /// <summary>Every group of which this is true fails and does not happen.</summary>
    public Func<IReadOnlyList<JournalEntry>, bool> Poison { get; set; } = _ => false;

    /// <summary>How often the store was read, in batches.</summary>
    public int Reads { get; private set; }

    /// <summary>True: nothing can be written or read, and nothing happens.</summary>
    public bool IsDown { get; set; }

    /// <summary>What the store's clock shows; null: what it really shows.</summary>
    public Func<Task<DateTimeOffset>>? Clock { get; set; }

    public bool FailsSnapshots { get; set; }

    /// <summary>True: what follows the first page of a ledger cannot be read.</summary>
    public bool FailsPages { get; set; }

    /// <summary>The snapshots that were written, in order.</summary>
    public ConcurrentQueue<(string Ledger, long Seq)> Snapshots { get; } = new();

    /// <summary>Released for each snapshot written.</summary>
    public SemaphoreSlim SnapshotWritten { get; } = new(0);

    /// <summary>Released for each lease asked for.</summary>
    public SemaphoreSlim Leases { get; } = new(0);

    public string Description => inner.Description;

    /// <summary>The next group waits at the store until the returned action is called.</summary>
    public (Task Arrived, Action Go) HoldNext()
    {
        var (arrived, go) = (NewSignal(), NewSignal());
        _held.Add(go);
        _scripts.Enqueue(async group =>
        {
            arrived.SetResult();
            await go.Task;
            return await inner.Append(group);
        });
        return (arrived.Task, () => go.TrySetResult());
    }

    /// <summary>The next group happens or not, and nobody hears which.</summary>
    public void NextIsUnknown(bool happens) => _scripts.Enqueue(async group =>
    {
        if (happens) await inner.Append(group);
        throw new IOException("The connection was lost.");
    });

    /// <summary>The next group is lost to whoever sent it, and comes to the store when the returned function is called.</summary>
    public Func<Task<bool[]>> NextComesLate()
    {
        IReadOnlyList<JournalEntry>? late = null;
        _scripts.Enqueue(group =>
        {
            late = group;
            return Task.FromException<bool[]>(new IOException("The connection was lost."));
        });
        return () => inner.Append(late!);
    }

    /// <summary>What the next reading says is known when it has arrived, and told when the returned action is called.</summary>
    public (Task Arrived, Action Go) HoldNextRead()
    {
        var (arrived, go) = (NewSignal(), NewSignal());
        _held.Add(go);
        _readScripts.Enqueue(async reads =>
        {
            var contents = await inner.Read(reads);
            arrived.SetResult();
            await go.Task;
            return contents;
        });
        return (arrived.Task, () => go.TrySetResult());
    }

    /// <summary>The next reading fails.</summary>
    public void NextReadFails() => _readScripts.Enqueue(_ => throw new IOException("The connection was lost."));

    /// <summary>This is done before the next reading looks.</summary>
    public void BeforeNextRead(Func<Task> act) => _readScripts.Enqueue(async reads =>
    {
        await act();
        return await inner.Read(reads);
    });

    /// <summary>The next raising of epochs waits at the store until the returned action is called.</summary>
    public (Task Arrived, Action Go) HoldNextBump()
    {
        var (arrived, go) = (NewSignal(), NewSignal());
        _held.Add(go);
        _bumpScripts.Enqueue(async ledgers =>
        {
            arrived.SetResult();
            await go.Task;
            return await inner.Bump(ledgers);
        });
        return (arrived.Task, () => go.TrySetResult());
    }

    /// <summary>The next raising of epochs fails.</summary>
    public void NextBumpFails() => _bumpScripts.Enqueue(_ => throw new IOException("The connection was lost."));

    /// <summary>Nothing is held any longer: a test that failed half-way ends all the same.</summary>
    public void LetGo() => _held.ForEach(go => go.TrySetResult());

    public Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        Groups.Add(group);
        if (IsDown) return Task.FromException<bool[]>(Unreachable());
        if (_scripts.TryDequeue(out var script)) return script(group);
        return Poison(group) ? Task.FromException<bool[]>(new JournalRolledBackException("A value was refused.")) : inner.Append(group);
    }

    public Task<DateTimeOffset> ReadClock() => Clock is { } clock ? clock() : inner.ReadClock();

    public Task<LedgerHead[]> Bump(IReadOnlyList<string> ledgers)
    {
        if (IsDown) return Task.FromException<LedgerHead[]>(Unreachable());
        return _bumpScripts.TryDequeue(out var script) ? script(ledgers) : inner.Bump(ledgers);
    }

    public Task<LedgerContents[]> Read(IReadOnlyList<LedgerRead> reads)
    {
        Reads++;
        if (IsDown) return Task.FromException<LedgerContents[]>(Unreachable());
        return _readScripts.TryDequeue(out var script) ? script(reads) : inner.Read(reads);
    }

    public Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit) =>
        FailsPages ? Task.FromException<IReadOnlyList<EventRow>>(new IOException("The connection was lost.")) : inner.ReadEvents(ledger, after, limit);

    public Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit) => inner.ListLedgers(prefix, after, limit);

    public async Task WriteSnapshot(string ledger, Snapshot snapshot)
    {
        if (FailsSnapshots) throw new IOException("The disk is full.");
        await inner.WriteSnapshot(ledger, snapshot);
        Snapshots.Enqueue((ledger, snapshot.Seq));
        SnapshotWritten.Release();
    }

    public Task<bool> TryLease(string name, string owner, TimeSpan length)
    {
        Leases.Release();
        return IsDown ? Task.FromException<bool>(Unreachable()) : inner.TryLease(name, owner, length);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static JournalRolledBackException Unreachable() => new("The database could not be reached; nothing was done.");
}
