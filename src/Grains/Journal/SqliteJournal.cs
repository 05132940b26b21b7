using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>
/// The journal in one SQLite file: no server, one process, the directory locked. One thread writes, one transaction and one fsync a group;
/// another one reads.
/// </summary>
internal sealed class SqliteJournal : IJournal
{
    readonly DirectoryLock _directoryLock;
    readonly StoreClock _clock;
    readonly SqliteThread<SqliteWriterSession> _writer;
    readonly SqliteThread<SqliteReaderSession> _reader;
    readonly SemaphoreSlim _snapshotTurn = new(1);
    readonly Lock _closing = new();
    Task? _closed;

    SqliteJournal(DirectoryLock directoryLock, SqliteFile file, TimeProvider time)
    {
        _directoryLock = directoryLock;
        _clock = new StoreClock(time);
        Description = file.Create();
        _writer = new("sqlite writer", () => new SqliteWriterSession(file.OpenWriter(), _clock));
        _reader = new("sqlite reader", () => new SqliteReaderSession(file.OpenReader()));
        GrainState = new SqliteGrainState(_writer);
    }

    public string Description { get; }

    /// <summary>Grain storage in the same file.</summary>
    public SqliteGrainState GrainState { get; }

    /// <summary>Opens the journal in a directory, which is made if it does not exist.</summary>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public static SqliteJournal Open(string directory, TimeProvider time)
    {
        var taken = DirectoryLock.Take(directory);
        try
        {
            return new SqliteJournal(taken, new SqliteFile(directory), time);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>A read-only connection to the same file, for the audit; the caller closes it. Works beside a running process.</summary>
    public static SqliteConnection OpenReadOnly(string directory) => SqliteFile.OpenReadOnly(directory);

    public Task<DateTimeOffset> ReadClock() => Volatile.Read(ref _closed) is null
        ? Task.FromResult(_clock.Now)
        : Task.FromException<DateTimeOffset>(new ObjectDisposedException(nameof(SqliteJournal)));

    public Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        JournalArguments.CheckGroup(group);
        return _writer.Run(session => session.Groups.Append(group));
    }

    public Task<LedgerHead[]> Bump(IReadOnlyList<string> ledgers)
    {
        JournalArguments.CheckLedgers(ledgers);
        return _writer.Run(session => session.Groups.Bump(ledgers));
    }

    public Task<LedgerContents[]> Read(IReadOnlyList<LedgerRead> reads)
    {
        JournalArguments.CheckReads(reads);
        return _reader.Run(session => session.Read(reads));
    }

    public Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit)
    {
        JournalArguments.CheckLedger(ledger);
        JournalArguments.CheckRows(limit, nameof(limit));
        return _reader.Run(session => session.ReadEvents(ledger, after, limit));
    }

    public Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        JournalArguments.CheckRows(limit, nameof(limit));
        return _reader.Run(session => session.ListLedgers(prefix, after, limit));
    }

    public async Task WriteSnapshot(string ledger, Snapshot snapshot)
    {
        JournalArguments.CheckSnapshot(ledger, snapshot);
        // One at a time: two of one ledger would delete each other's chunks.
        await _snapshotTurn.WaitAsync();
        try
        {
            if (!await _writer.Run(session => session.Snapshots.Begin(ledger, snapshot))) return;
            for (var i = 1; i < SqliteSnapshots.CountChunks(snapshot); i++)
            {
                var chunk = i;
                await _writer.Run(session => session.Snapshots.Continue(ledger, snapshot, chunk));
            }
            while (await _writer.Run(session => session.Snapshots.DeleteAnother(ledger, snapshot.Seq))) { }
        }
        finally
        {
            _snapshotTurn.Release();
        }
    }

    public Task<bool> TryLease(string name, string owner, TimeSpan length)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(owner);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, TimeSpan.Zero);
        return _writer.Run(session => session.Leases.TryTake(name, owner, length));
    }

    /// <summary>
    /// Finishes what is queued, leaves one whole file, frees the directory. Calls made later get <see cref="ObjectDisposedException"/>.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_closing) _closed ??= Close();
        return new ValueTask(_closed);
    }

    async Task Close()
    {
        await _reader.DisposeAsync();
        await _writer.DisposeAsync();
        _directoryLock.Dispose();
    }
}
