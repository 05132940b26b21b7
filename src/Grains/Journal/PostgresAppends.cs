using Npgsql;
using NpgsqlTypes;

namespace FlashSale.Grains.Journal;

/// <summary>
/// The hot path: groups one after the other, in the order asked, on a connection that nobody else uses, with statements prepared once.
/// </summary>
internal sealed class PostgresAppends(NpgsqlDataSource source) : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private PostgresAppendSession? _session; // Touched only by whose turn it is.

    public async Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        await _turn.WaitAsync();
        try
        {
            _session ??= await Open();
            return await _session.Append(group);
        }
        catch (PostgresException e) when (PostgresErrors.IsRolledBack(e))
        {
            throw PostgresErrors.RolledBack(e);
        }
        catch (Exception e) when (e is not JournalRolledBackException)
        {
            // The outcome is unknown, and so is the state of the connection.
            await Close();
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        await Close();
        _turn.Dispose();
    }

    private async Task<PostgresAppendSession> Open()
    {
        var connection = await PostgresErrors.Open(source);
        try
        {
            return await PostgresAppendSession.Prepare(connection);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            throw new JournalRolledBackException($"The database could not be used; nothing was done: {e.Message}", e);
        }
    }

    private async Task Close()
    {
        var session = _session;
        _session = null;
        if (session is not null) await session.DisposeAsync();
    }
}

/// <summary>One connection with the two statements of a group.</summary>
internal sealed class PostgresAppendSession : IAsyncDisposable
{
    /// <summary>Several groups' worth of ledgers: the hot ones come again with every group.</summary>
    private const int HintsMost = 8192;

    private readonly Dictionary<string, string> _hints = new(StringComparer.Ordinal);
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _append;
    private readonly NpgsqlCommand _check;

    private PostgresAppendSession(NpgsqlConnection connection)
    {
        _connection = connection;
        _append = Command(
            PostgresStatements.Append,
            NpgsqlDbType.Text, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.Integer, // entries: ledger, epoch, seq, hint, events
            NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Bigint, NpgsqlDbType.TimestampTz, // events: place of the entry, ledger, seq, at,
            NpgsqlDbType.Text, NpgsqlDbType.Integer, NpgsqlDbType.Json); // operation, type, payload
        _check = Command(PostgresStatements.Check, NpgsqlDbType.Text, NpgsqlDbType.Bigint, NpgsqlDbType.Bigint, NpgsqlDbType.Text);
    }

    public static async Task<PostgresAppendSession> Prepare(NpgsqlConnection connection)
    {
        var session = new PostgresAppendSession(connection);
        await session._append.PrepareAsync();
        await session._check.PrepareAsync();
        return session;
    }

    public Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        var total = 0;
        for (var i = 0; i < group.Count; i++) total += group[i].Events.Count;
        var command = total == 0 ? _check : _append;
        BindEntries(command, group);
        if (total > 0) BindEvents(group, total);
        return Execute(command, group);
    }

    public async ValueTask DisposeAsync()
    {
        await _append.DisposeAsync();
        await _check.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private void BindEntries(NpgsqlCommand command, IReadOnlyList<JournalEntry> group)
    {
        var (ledgers, epochs, seqs, events) = (new string[group.Count], new long[group.Count], new long[group.Count], new int[group.Count]);
        var hints = new string?[group.Count];
        for (var i = 0; i < group.Count; i++)
        {
            (ledgers[i], epochs[i], seqs[i], events[i]) = (group[i].Ledger, group[i].Epoch, group[i].Seq, group[i].Events.Count);
            if (_hints.TryGetValue(ledgers[i], out var hint)) hints[i] = hint;
        }
        Bind(command, 0, ledgers);
        Bind(command, 1, epochs);
        Bind(command, 2, seqs);
        Bind(command, 3, hints);
        if (command == _append) Bind(command, 4, events);
    }

    private void BindEvents(IReadOnlyList<JournalEntry> group, int total)
    {
        var (places, ledgers, seqs, times) = (new int[total], new string[total], new long[total], new DateTime[total]);
        var (operations, types, payloads) = (new string?[total], new int[total], new string[total]);
        var at = 0;
        for (var i = 0; i < group.Count; i++)
        {
            var entry = group[i];
            for (var j = 0; j < entry.Events.Count; j++, at++)
            {
                var row = entry.Events[j];
                (places[at], ledgers[at], seqs[at], times[at]) = (i + 1, entry.Ledger, row.Seq, row.At.UtcDateTime);
                (operations[at], types[at], payloads[at]) = (row.Operation, row.Type, row.Payload);
            }
        }
        Bind(_append, 5, places);
        Bind(_append, 6, ledgers);
        Bind(_append, 7, seqs);
        Bind(_append, 8, times);
        Bind(_append, 9, operations);
        Bind(_append, 10, types);
        Bind(_append, 11, payloads);
    }

    private async Task<bool[]> Execute(NpgsqlCommand command, IReadOnlyList<JournalEntry> group)
    {
        try
        {
            await using var row = await command.ExecuteReaderAsync();
            if (!await row.ReadAsync()) throw new InvalidOperationException("A group was not answered.");
            var matched = row.GetFieldValue<bool[]>(0);
            if (matched.Length != group.Count) throw new InvalidOperationException("The answer to a group does not fit it.");
            if (row.FieldCount > 1 && !row.IsDBNull(1)) Remember(group, row.GetFieldValue<int[]>(1), row.GetFieldValue<string[]>(2));
            // The answer comes before the commit, and an error of the commit after it.
            while (await row.NextResultAsync()) { }
            return matched;
        }
        finally
        {
            foreach (NpgsqlParameter parameter in command.Parameters) parameter.Value = null;
        }
    }

    /// <summary>Only a hint: what it points at is compared with what is wanted, and looked for elsewhere if it is not that.</summary>
    private void Remember(IReadOnlyList<JournalEntry> group, int[] places, string[] versions)
    {
        if (_hints.Count + places.Length > HintsMost) _hints.Clear();
        for (var i = 0; i < places.Length; i++) _hints[group[places[i] - 1].Ledger] = versions[i];
    }

    private static void Bind(NpgsqlCommand command, int parameter, Array values) => command.Parameters[parameter].Value = values;

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<NpgsqlDbType> arrays)
    {
        var command = new NpgsqlCommand(sql, _connection);
        foreach (var type in arrays) command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type });
        return command;
    }
}
