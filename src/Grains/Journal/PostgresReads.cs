using Npgsql;
using NpgsqlTypes;

namespace FlashSale.Grains.Journal;

/// <summary>All that reads ledgers or takes the right to write them, on connections other than the appends'.</summary>
internal static class PostgresReads
{
    /// <summary>Above every character that a ledger's name can have.</summary>
    private const char AfterAnyName = '\u007f';

    private const int KindHead = 0, KindChunk = 1;

    public static async Task<LedgerHead[]> Bump(NpgsqlConnection connection, IReadOnlyList<string> ledgers)
    {
        var found = new Dictionary<string, LedgerHead>(ledgers.Count, StringComparer.Ordinal);
        await using var command = new NpgsqlCommand(PostgresStatements.Bump, connection);
        command.Parameters.Add(new() { Value = ledgers.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        await using (var rows = await command.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync()) found.Add(rows.GetString(0), new LedgerHead(rows.GetInt64(1), rows.GetInt64(2)));
            await ReadToEnd(rows);
        }
        return [.. ledgers.Select(ledger => found[ledger])];
    }

    public static async Task<LedgerContents[]> Read(NpgsqlConnection connection, IReadOnlyList<LedgerRead> reads)
    {
        await using var command = new NpgsqlCommand(PostgresStatements.Read, connection);
        command.Parameters.Add(new() { Value = reads.Select(r => r.Ledger).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = reads.Select(r => r.After).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = reads.Select(r => r.EventsMost).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer });
        var found = new Contents[reads.Count];
        for (var i = 0; i < found.Length; i++) found[i] = new Contents();
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync()) found[rows.GetInt64(0) - 1].Add(rows);
        return Array.ConvertAll(found, contents => contents.ToLedger());
    }

    public static async Task<IReadOnlyList<EventRow>> ReadEvents(NpgsqlConnection connection, string ledger, long after, int limit)
    {
        await using var command = Command(connection, PostgresStatements.ReadEvents, ledger, after, limit);
        await using var rows = await command.ExecuteReaderAsync();
        var events = new List<EventRow>();
        while (await rows.ReadAsync()) events.Add(Event(rows, seq: 0, at: 1, operation: 2, type: 3, payload: 4));
        return events;
    }

    public static async Task<IReadOnlyList<string>> ListLedgers(NpgsqlConnection connection, string prefix, string? after, int limit)
    {
        await using var command = Command(connection, PostgresStatements.ListLedgers, prefix, prefix + AfterAnyName, after ?? "", limit);
        await using var rows = await command.ExecuteReaderAsync();
        var ledgers = new List<string>();
        while (await rows.ReadAsync()) ledgers.Add(rows.GetString(0));
        return ledgers;
    }

    public static async Task<DateTimeOffset> ReadClock(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(PostgresStatements.ReadClock, connection);
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync())!);
    }

    public static async Task<bool> TakeLease(NpgsqlConnection connection, string name, string owner, TimeSpan length)
    {
        await using var command = Command(connection, PostgresStatements.TakeLease, name, owner, length);
        return await command.ExecuteNonQueryAsync() == 1;
    }

    /// <summary>A command with values whose types PostgreSQL knows from theirs.</summary>
    public static NpgsqlCommand Command(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return command;
    }

    /// <summary>An error of the commit comes after the rows.</summary>
    private static async Task ReadToEnd(NpgsqlDataReader rows)
    {
        while (await rows.NextResultAsync()) { }
    }

    private static EventRow Event(NpgsqlDataReader row, int seq, int at, int operation, int type, int payload) => new(
        row.GetInt64(seq),
        new DateTimeOffset(row.GetDateTime(at)),
        row.IsDBNull(operation) ? null : row.GetString(operation),
        row.GetInt32(type),
        row.GetString(payload));

    /// <summary>What was read of one ledger so far.</summary>
    private sealed class Contents
    {
        private readonly List<EventRow> _events = [];
        private LedgerHead _head;
        private long _snapshotSeq;
        private int _snapshotFormat;
        private List<byte[]>? _chunks;

        public void Add(NpgsqlDataReader row)
        {
            switch (row.GetInt32(1))
            {
                case KindHead:
                    _head = new LedgerHead(row.GetInt64(2), row.GetInt64(3));
                    break;
                case KindChunk:
                    (_snapshotSeq, _snapshotFormat) = (row.GetInt64(2), row.GetInt32(4));
                    (_chunks ??= []).Add(row.GetFieldValue<byte[]>(8));
                    break;
                default:
                    _events.Add(Event(row, seq: 2, at: 5, operation: 6, type: 4, payload: 7));
                    break;
            }
        }

        public LedgerContents ToLedger() => new(_head, _chunks is null ? null : new Snapshot(_snapshotSeq, _snapshotFormat, Join(_chunks)), _events);

        private static byte[] Join(List<byte[]> chunks)
        {
            if (chunks.Count == 1) return chunks[0];
            var data = new byte[chunks.Sum(chunk => chunk.Length)];
            var filled = 0;
            foreach (var chunk in chunks)
            {
                chunk.CopyTo(data, filled);
                filled += chunk.Length;
            }
            return data;
        }
    }
}
