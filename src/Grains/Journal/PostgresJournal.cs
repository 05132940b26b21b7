using Npgsql;

namespace FlashSale.Grains.Journal;

/// <summary>
/// The journal in a PostgreSQL database, for one process or several. Groups go one after the other on a connection of their own; all else
/// shares a bounded pool.
/// </summary>
internal sealed class PostgresJournal : IJournal
{
    private readonly NpgsqlDataSource _source;
    private readonly PostgresCalls _calls;
    private readonly PostgresAppends _appends;
    private readonly SemaphoreSlim _snapshotTurn = new(1);
    private readonly Lock _closing = new();
    private Task? _closed;

    private PostgresJournal(NpgsqlDataSource source, string description)
    {
        _source = source;
        _calls = new PostgresCalls(source);
        _appends = new PostgresAppends(source);
        Description = description;
        GrainState = new PostgresGrainState(_calls);
    }

    public string Description { get; }

    /// <summary>Grain storage in the same database.</summary>
    public PostgresGrainState GrainState { get; }

    /// <summary>Connects, and makes the tables where there are none.</summary>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public static async Task<PostgresJournal> Open(PostgresOptions options)
    {
        var builder = PostgresServer.Configure(options);
        var source = PostgresServer.Connect(builder);
        var place = PostgresServer.Place(builder);
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            var description = await PostgresServer.CheckSettings(connection);
            await PostgresSchema.CreateOrCheck(connection, place);
            return new PostgresJournal(source, description);
        }
        catch (Exception e)
        {
            await source.DisposeAsync();
            throw PostgresErrors.Unusable(place, e);
        }
    }

    /// <summary>A connection of its own to the same database, for the audit; the caller closes it. Works beside running processes.</summary>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public static async Task<NpgsqlConnection> OpenReadOnly(string connectionString)
    {
        var builder = PostgresServer.ConfigureAudit(connectionString);
        var place = PostgresServer.Place(builder);
        var connection = PostgresServer.ConnectAudit(builder);
        try
        {
            await connection.OpenAsync();
            await PostgresSchema.Check(connection, place);
            return connection;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw PostgresErrors.Unusable(place, e);
        }
    }

    public Task<DateTimeOffset> ReadClock() => _calls.Run(PostgresReads.ReadClock);

    public Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        JournalArguments.CheckGroup(group);
        return _calls.Count(() => group.Count == 0 ? Task.FromResult<bool[]>([]) : _appends.Append(group));
    }

    public Task<LedgerHead[]> Bump(IReadOnlyList<string> ledgers)
    {
        JournalArguments.CheckLedgers(ledgers);
        return _calls.Run(connection => PostgresReads.Bump(connection, ledgers));
    }

    public Task<LedgerContents[]> Read(IReadOnlyList<LedgerRead> reads)
    {
        JournalArguments.CheckReads(reads);
        return _calls.Run(connection => PostgresReads.Read(connection, reads));
    }

    public Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit)
    {
        JournalArguments.CheckLedger(ledger);
        JournalArguments.CheckRows(limit, nameof(limit));
        return _calls.Run(connection => PostgresReads.ReadEvents(connection, ledger, after, limit));
    }

    public Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        JournalArguments.CheckRows(limit, nameof(limit));
        return _calls.Run(connection => PostgresReads.ListLedgers(connection, prefix, after, limit));
    }

    public Task WriteSnapshot(string ledger, Snapshot snapshot)
    {
        JournalArguments.CheckSnapshot(ledger, snapshot);
        return _calls.Count(async () =>
        {
            // One at a time: two of one ledger would mix their chunks, and big ones would fill the pool.
            await _snapshotTurn.WaitAsync();
            try
            {
                return await _calls.RunUncounted(connection => PostgresSnapshots.Write(connection, ledger, snapshot));
            }
            finally
            {
                _snapshotTurn.Release();
            }
        });
    }

    public Task<bool> TryLease(string name, string owner, TimeSpan length)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(owner);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, TimeSpan.Zero);
        return _calls.Run(connection => PostgresReads.TakeLease(connection, name, owner, length));
    }

    /// <summary>Finishes what was asked, then disconnects. Calls made later get <see cref="ObjectDisposedException"/>.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_closing) _closed ??= Close();
        return new ValueTask(_closed);
    }

    private async Task Close()
    {
        await _calls.Close();
        await _appends.DisposeAsync();
        _snapshotTurn.Dispose();
        await _source.DisposeAsync();
    }
}
