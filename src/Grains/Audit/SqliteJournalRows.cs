using System.Text;
using FlashSale.Grains.Journal;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FlashSale.Grains.Audit;

/// <summary>The rows of a SQLite journal, in one read transaction: the writer goes on, and nothing that it writes is seen.</summary>
internal sealed class SqliteJournalRows : IJournalRows
{
    private const string Sums =
        """
        SELECT ledger,
          CAST(TOTAL(CASE type WHEN 2 THEN payload ->> '$.quantity' END) AS INTEGER),
          CAST(TOTAL(CASE type
            WHEN 2 THEN payload ->> '$.quantity'
            WHEN 3 THEN -(payload ->> '$.quantity')
            WHEN 5 THEN -(payload ->> '$.quantity')
            WHEN 7 THEN payload ->> '$.freed'
            WHEN 8 THEN payload ->> '$.quantity'
            WHEN 9 THEN payload ->> '$.quantity'
            WHEN 10 THEN (payload ->> '$.quantity') * (payload ->> '$.restock') END) AS INTEGER),
          CAST(TOTAL(CASE type
            WHEN 5 THEN payload ->> '$.quantity'
            WHEN 7 THEN -(payload ->> '$.sold') - (payload ->> '$.freed')
            WHEN 8 THEN -(payload ->> '$.quantity')
            WHEN 9 THEN -(payload ->> '$.quantity') END) AS INTEGER),
          CAST(TOTAL(CASE type
            WHEN 7 THEN payload ->> '$.sold'
            WHEN 10 THEN -(payload ->> '$.quantity') END) AS INTEGER),
          CAST(TOTAL(CASE type
            WHEN 3 THEN payload ->> '$.quantity'
            WHEN 10 THEN (payload ->> '$.quantity') * (1 - (payload ->> '$.restock')) END) AS INTEGER)
        FROM ledger_event
        WHERE ledger >= 'stock/' AND ledger < 'stock0' AND json_valid(payload)
        GROUP BY ledger
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;

    public SqliteJournalRows(string dataDirectory)
    {
        _connection = SqliteJournal.OpenReadOnly(dataDirectory);
        _transaction = _connection.BeginTransaction(deferred: true);
        // The snapshot is of the first statement, not of the transaction's begin.
        foreach (var _ in Query("SELECT count(*) FROM schema_version"))
        {
        }
    }

    public void Events(string from, string? to, RowVisitor visit)
    {
        using var command = Command(
            "SELECT ledger, seq, at, operation, type, payload FROM ledger_event WHERE ledger >= $1"
            + (to is null ? "" : " AND ledger < $2") + " ORDER BY ledger, seq");
        command.Parameters.AddWithValue("$1", from);
        if (to is not null) command.Parameters.AddWithValue("$2", to);
        using var reader = command.ExecuteReader();
        var row = reader.Handle!;
        byte[] name = [];
        var ledger = "";
        while (reader.Read())
        {
            // Bytes as SQLite has them: a string for each column of a million rows would cost more than all the checks.
            if (!raw.sqlite3_column_blob(row, 0).SequenceEqual(name))
            {
                name = raw.sqlite3_column_blob(row, 0).ToArray();
                ledger = Encoding.UTF8.GetString(name);
            }

            visit(new JournalRow
            {
                Place = new Place(ledger, raw.sqlite3_column_int64(row, 1)),
                At = raw.sqlite3_column_int64(row, 2),
                HasOperation = raw.sqlite3_column_type(row, 3) != raw.SQLITE_NULL,
                Operation = raw.sqlite3_column_blob(row, 3),
                Type = raw.sqlite3_column_int64(row, 4),
                Payload = raw.sqlite3_column_blob(row, 5),
            });
        }
    }

    public IEnumerable<LedgerRows> Ledgers() =>
        Query(
            """
            SELECT h.ledger, h.seq,
              (SELECT count(*) FROM ledger_event e WHERE e.ledger = h.ledger),
              (SELECT min(e.seq) FROM ledger_event e WHERE e.ledger = h.ledger),
              (SELECT max(e.seq) FROM ledger_event e WHERE e.ledger = h.ledger)
            FROM ledger_head h
            UNION ALL
            SELECT e.ledger, NULL, count(*), min(e.seq), max(e.seq)
            FROM ledger_event e WHERE e.ledger NOT IN (SELECT h.ledger FROM ledger_head h) GROUP BY e.ledger
            """)
        .Select(r => new LedgerRows(r.GetString(0), Nullable(r, 1), r.GetInt64(2), Nullable(r, 3) ?? 0, Nullable(r, 4) ?? 0));

    public IEnumerable<(string Ledger, long Seq, long? Head)> SnapshotsBeyondHead() =>
        Query(
            """
            SELECT s.ledger, s.seq, (SELECT h.seq FROM ledger_head h WHERE h.ledger = s.ledger) AS head
            FROM ledger_snapshot s GROUP BY s.ledger, s.seq
            HAVING count(*) = max(s.chunks) AND (head IS NULL OR s.seq > head)
            """)
        .Select(r => (r.GetString(0), r.GetInt64(1), Nullable(r, 2)));

    public long Snapshots() =>
        Query("SELECT count(*) FROM (SELECT 1 FROM ledger_snapshot GROUP BY ledger, seq HAVING count(*) = max(chunks))").Select(r => r.GetInt64(0)).First();

    public IEnumerable<(string Ledger, StockFigures Figures)> StockSums() =>
        Query(Sums).Select(r => (r.GetString(0), new StockFigures(r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5))));

    public void Dispose()
    {
        _transaction.Dispose();
        _connection.Dispose();
    }

    private static long? Nullable(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private IEnumerable<SqliteDataReader> Query(string sql)
    {
        using var command = Command(sql);
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return reader;
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.Transaction = _transaction;
#pragma warning disable CA2100 // Constant texts of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        // The time-out is for locks; readers of a WAL wait for none.
        return command;
    }
}
