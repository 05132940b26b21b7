using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>All that only reads, on a connection of its own: in WAL mode it neither blocks the writer nor waits for it.</summary>
internal sealed class SqliteReaderSession : SqliteSession
{
    /// <summary>Above every character that a ledger's name can have.</summary>
    const char AfterAnyName = '\u007f';

    readonly SqliteCommand _head;
    readonly SqliteCommand _events;
    readonly SqliteCommand _newestSnapshot;
    readonly SqliteCommand _snapshotSize;
    readonly SqliteCommand _snapshotChunks;
    readonly SqliteCommand _namesFrom;
    readonly SqliteCommand _namesAfter;

    public SqliteReaderSession(SqliteConnection connection) : base(connection)
    {
        _head = Prepare("SELECT epoch, seq FROM ledger_head WHERE ledger = $ledger", "$ledger");
        _events = Prepare(
            "SELECT seq, at, operation, type, payload FROM ledger_event WHERE ledger = $ledger AND seq > $after ORDER BY seq LIMIT $limit",
            "$ledger", "$after", "$limit");
        _newestSnapshot = Prepare(SqliteSnapshots.Newest, "$ledger", "$head");
        _snapshotSize = Prepare("SELECT sum(length(data)) FROM ledger_snapshot WHERE ledger = $ledger AND seq = $seq", "$ledger", "$seq");
        _snapshotChunks = Prepare(
            "SELECT data FROM ledger_snapshot WHERE ledger = $ledger AND seq = $seq ORDER BY chunk", "$ledger", "$seq");
        // The default collation compares bytes, which is ordinal order for the characters of names.
        _namesFrom = Prepare(
            "SELECT ledger FROM ledger_head WHERE ledger >= $from AND ledger < $end ORDER BY ledger LIMIT $limit", "$from", "$end", "$limit");
        _namesAfter = Prepare(
            "SELECT ledger FROM ledger_head WHERE ledger > $from AND ledger < $end ORDER BY ledger LIMIT $limit", "$from", "$end", "$limit");
    }

    public LedgerContents[] Read(IReadOnlyList<LedgerRead> reads) => Look(() =>
    {
        var contents = new LedgerContents[reads.Count];
        for (var i = 0; i < contents.Length; i++) contents[i] = Read(reads[i]);
        return contents;
    });

    public IReadOnlyList<EventRow> ReadEvents(string ledger, long after, int limit) => Look(() => ReadRows(ledger, after, limit));

    public IReadOnlyList<string> ListLedgers(string prefix, string? after, int limit) => Look(() =>
    {
        var isLater = after is not null && string.CompareOrdinal(after, prefix) >= 0;
        var names = isLater ? _namesAfter : _namesFrom;
        Bind(names, isLater ? after! : prefix, prefix + AfterAnyName, limit);
        using var reader = names.ExecuteReader();
        var found = new List<string>();
        while (reader.Read()) found.Add(reader.GetString(0));
        return found;
    });

    LedgerContents Read(LedgerRead read)
    {
        var at = ReadHead(read.Ledger);
        if (at == default) return new LedgerContents(at, null, []);
        var snapshot = read.After is null ? ReadSnapshot(read.Ledger, at.Seq) : null;
        return new LedgerContents(at, snapshot, ReadRows(read.Ledger, read.After ?? snapshot?.Seq ?? 0, read.EventsMost));
    }

    LedgerHead ReadHead(string ledger)
    {
        Bind(_head, ledger);
        using var reader = _head.ExecuteReader();
        return reader.Read() ? new LedgerHead(reader.GetInt64(0), reader.GetInt64(1)) : default;
    }

    List<EventRow> ReadRows(string ledger, long after, int limit)
    {
        Bind(_events, ledger, after, limit);
        using var reader = _events.ExecuteReader();
        var rows = new List<EventRow>();
        while (reader.Read())
            rows.Add(new EventRow(
                reader.GetInt64(0),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)),
                reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetInt32(3),
                reader.GetString(4)));
        return rows;
    }

    Snapshot? ReadSnapshot(string ledger, long headSeq)
    {
        Bind(_newestSnapshot, ledger, headSeq);
        using var reader = _newestSnapshot.ExecuteReader();
        if (!reader.Read()) return null;
        var seq = reader.GetInt64(0);
        return new Snapshot(seq, reader.GetInt32(1), ReadChunks(ledger, seq));
    }

    byte[] ReadChunks(string ledger, long seq)
    {
        Bind(_snapshotSize, ledger, seq);
        var data = new byte[(long)_snapshotSize.ExecuteScalar()!];
        Bind(_snapshotChunks, ledger, seq);
        using var reader = _snapshotChunks.ExecuteReader();
        for (var filled = 0; reader.Read();)
        {
            var chunk = reader.GetFieldValue<byte[]>(0);
            chunk.CopyTo(data, filled);
            filled += chunk.Length;
        }
        return data;
    }

    static void Bind(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
    }
}
