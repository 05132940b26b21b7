using System.Data;
using FlashSale.Grains.Journal;
using Npgsql;

namespace FlashSale.Grains.Audit;

/// <summary>The rows of a PostgreSQL journal, in one read-only transaction of one moment: it takes no lock and nothing waits for it.</summary>
internal sealed class PostgresJournalRows : IJournalRows
{
    // Whatever is no number counts for nothing, so that a spoiled event shows as a difference and not as an error of the whole sum.
    // PostgreSQL reads no member of a document in which a NUL is written somewhere, so that becomes another character.
    private const string Sums =
        """
        SELECT e.ledger,
          coalesce(sum(CASE e.type WHEN 2 THEN p.quantity END), 0)::bigint,
          coalesce(sum(CASE e.type
            WHEN 2 THEN p.quantity
            WHEN 3 THEN -p.quantity
            WHEN 5 THEN -p.quantity
            WHEN 7 THEN p.freed
            WHEN 8 THEN p.quantity
            WHEN 9 THEN p.quantity
            WHEN 10 THEN p.quantity * p.restock END), 0)::bigint,
          coalesce(sum(CASE e.type
            WHEN 5 THEN p.quantity
            WHEN 7 THEN -p.sold - p.freed
            WHEN 8 THEN -p.quantity
            WHEN 9 THEN -p.quantity END), 0)::bigint,
          coalesce(sum(CASE e.type
            WHEN 7 THEN p.sold
            WHEN 10 THEN -p.quantity END), 0)::bigint,
          coalesce(sum(CASE e.type
            WHEN 3 THEN p.quantity
            WHEN 10 THEN p.quantity * (1 - p.restock) END), 0)::bigint
        FROM ledger_event e
        CROSS JOIN LATERAL (SELECT replace(e.payload::text, '\u0000', '\u0001')::json AS json OFFSET 0) j
        CROSS JOIN LATERAL (SELECT
          CASE WHEN json ->> 'quantity' ~ '^-?[0-9]{1,15}$' THEN (json ->> 'quantity')::bigint END AS quantity,
          CASE WHEN json ->> 'freed' ~ '^-?[0-9]{1,15}$' THEN (json ->> 'freed')::bigint END AS freed,
          CASE WHEN json ->> 'sold' ~ '^-?[0-9]{1,15}$' THEN (json ->> 'sold')::bigint END AS sold,
          CASE json ->> 'restock' WHEN 'true' THEN 1 WHEN 'false' THEN 0 END AS restock OFFSET 0) p
        WHERE e.ledger >= 'stock/' AND e.ledger < 'stock0'
        GROUP BY e.ledger
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public PostgresJournalRows(string connectionString)
    {
        _connection = PostgresJournal.OpenReadOnly(connectionString).GetAwaiter().GetResult();
        try
        {
            _transaction = _connection.BeginTransaction(IsolationLevel.RepeatableRead);
            // The moment is that of the first statement, not of the transaction's begin.
            foreach (var _ in Query("SET TRANSACTION READ ONLY; SELECT count(*) FROM schema_version"))
            {
            }
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    public void Events(string from, string? to, RowVisitor visit)
    {
        using var command = Command(
            "SELECT ledger, seq, at, operation, type, payload FROM ledger_event WHERE ledger >= $1"
            + (to is null ? "" : " AND ledger < $2") + " ORDER BY ledger, seq");
        command.Parameters.Add(new() { Value = from });
        if (to is not null) command.Parameters.Add(new() { Value = to });
        using var row = command.ExecuteReader();
        var ledger = "";
        while (row.Read())
        {
            // One string for all events of a ledger: the visitor tells ledgers apart by it.
            if (row.GetString(0) is var name && name != ledger) ledger = name;
            visit(new JournalRow
            {
                Place = new Place(ledger, row.GetInt64(1)),
                At = new DateTimeOffset(row.GetDateTime(2)).ToUnixTimeMilliseconds(),
                HasOperation = !row.IsDBNull(3),
                Operation = row.IsDBNull(3) ? [] : row.GetFieldValue<byte[]>(3),
                Type = row.GetInt32(4),
                Payload = row.GetFieldValue<byte[]>(5),
            });
        }
    }

    public IEnumerable<LedgerRows> Ledgers() =>
        Query(
            """
            SELECT coalesce(h.ledger, e.ledger), h.seq, coalesce(e.events, 0), coalesce(e.first, 0), coalesce(e.last, 0)
            FROM ledger_head h FULL JOIN (
              SELECT ledger, count(*) AS events, min(seq) AS first, max(seq) AS last FROM ledger_event GROUP BY ledger) e ON e.ledger = h.ledger
            """)
        .Select(r => new LedgerRows(r.GetString(0), Nullable(r, 1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4)));

    public IEnumerable<(string Ledger, long Seq, long? Head)> SnapshotsBeyondHead() =>
        Query(
            """
            SELECT s.ledger, s.seq, h.seq FROM (
              SELECT ledger, seq FROM ledger_snapshot GROUP BY ledger, seq, chunks HAVING count(*) = chunks) s
            LEFT JOIN ledger_head h ON h.ledger = s.ledger
            WHERE h.seq IS NULL OR s.seq > h.seq
            """)
        .Select(r => (r.GetString(0), r.GetInt64(1), Nullable(r, 2)));

    public long Snapshots() =>
        Query("SELECT count(*) FROM (SELECT FROM ledger_snapshot GROUP BY ledger, seq, chunks HAVING count(*) = chunks) s").Select(r => r.GetInt64(0)).First();

    public IEnumerable<(string Ledger, StockFigures Figures)> StockSums() =>
        Query(Sums).Select(r => (r.GetString(0), new StockFigures(r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4), r.GetInt64(5))));

    public void Dispose()
    {
        _transaction.Dispose();
        _connection.Dispose();
    }

    private static long? Nullable(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private IEnumerable<NpgsqlDataReader> Query(string sql)
    {
        using var command = Command(sql);
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return reader;
    }

#pragma warning disable CA2100 // Constant texts of this file.
    private NpgsqlCommand Command(string sql) => new(sql, _connection, _transaction) { CommandTimeout = 0 };
#pragma warning restore CA2100
}
