using System.Text;
using FlashSale.Grains.Journal;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace FlashSale.Grains.Audit;

/// <summary>The rows of a SQLite journal. The writer goes on meanwhile, and no reading is so long that the log behind it grows.</summary>
internal sealed class SqliteJournalRows : IJournalRows
{
    private const string Sums =
        """
        SELECT
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
        WHERE ledger = $1 AND seq > $2 AND seq <= $3 AND json_valid(payload)
        """;

    private const int PageSize = 10_000;

    private readonly SqliteConnection _connection;

    public SqliteJournalRows(string dataDirectory) => _connection = SqliteJournal.OpenReadOnly(dataDirectory);

    public IEnumerable<(string Ledger, long Seq)> Heads() =>
        Query("SELECT ledger, seq FROM ledger_head ORDER BY ledger").Select(r => (r.GetString(0), r.GetInt64(1)));

    public IEnumerable<(string Ledger, long Seq)> HeadsOf(IReadOnlyList<string> ledgers) =>
        ledgers.SelectMany(ledger => Query("SELECT ledger, seq FROM ledger_head WHERE ledger = $1", ledger).Select(r => (r.GetString(0), r.GetInt64(1))));

    public void Events(string from, string? to, RowVisitor visit)
    {
        var sql = "SELECT ledger, seq, at, operation, type, payload FROM ledger_event WHERE (ledger, seq) > ($1, $2)"
            + (to is null ? "" : " AND ledger < $4") + " ORDER BY ledger, seq LIMIT $3";
        var (ledger, seq, read) = (from, 0L, PageSize);
        byte[] name = [];
        while (read == PageSize)
        {
            read = 0;
            foreach (var reader in Query(sql, to is null ? [ledger, seq, PageSize] : [ledger, seq, PageSize, to]))
            {
                read++;
                var row = reader.Handle!;
                // Bytes as SQLite has them: a string for each column of a million rows would cost more than all the checks.
                if (!raw.sqlite3_column_blob(row, 0).SequenceEqual(name))
                {
                    name = raw.sqlite3_column_blob(row, 0).ToArray();
                    ledger = Encoding.UTF8.GetString(name);
                }

                seq = raw.sqlite3_column_int64(row, 1);
                visit(new JournalRow
                {
                    Place = new Place(ledger, seq),
                    At = raw.sqlite3_column_int64(row, 2),
                    HasOperation = raw.sqlite3_column_type(row, 3) != raw.SQLITE_NULL,
                    Operation = raw.sqlite3_column_blob(row, 3),
                    Type = raw.sqlite3_column_int64(row, 4),
                    Payload = raw.sqlite3_column_blob(row, 5),
                });
            }
        }
    }

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

    public StockFigures Sum(string ledger, long after, long upTo) => Query(Sums, ledger, after, upTo)
        .Select(r => new StockFigures(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4))).First();

    public void Dispose() => _connection.Dispose();

    private static long? Nullable(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private IEnumerable<SqliteDataReader> Query(string sql, params object[] values)
    {
        using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constant texts of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        // The time-out is for locks; readers of a WAL wait for none.
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return reader;
    }
}
