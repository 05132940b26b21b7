using FlashSale.Grains.Journal;
using Npgsql;

namespace FlashSale.Grains.Audit;

/// <summary>The rows of a PostgreSQL journal. No statement takes a lock, and none runs for long.</summary>
internal sealed class PostgresJournalRows : IJournalRows
{
    // Whatever is no number counts for nothing, so that a spoiled event shows as a difference and not as an error of the whole sum.
    // PostgreSQL reads no member of a document in which a NUL is written somewhere, so that becomes another character.
    private const string Sums =
        """
        SELECT
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
        WHERE e.ledger = $1 AND e.seq > $2 AND e.seq <= $3
        """;

    private const int PageSize = 10_000;

    private readonly NpgsqlConnection _connection;

    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public PostgresJournalRows(string connectionString) => _connection = PostgresJournal.OpenReadOnly(connectionString).GetAwaiter().GetResult();

    public IEnumerable<(string Ledger, long Seq)> Heads() =>
        Query("SELECT ledger, seq FROM ledger_head ORDER BY ledger").Select(r => (r.GetString(0), r.GetInt64(1)));

    public IEnumerable<(string Ledger, long Seq)> HeadsOf(IReadOnlyList<string> ledgers) =>
        Query("SELECT ledger, seq FROM ledger_head WHERE ledger = ANY($1)", [(object)ledgers.ToArray()]).Select(r => (r.GetString(0), r.GetInt64(1)));

    public void Events(string from, string? to, RowVisitor visit)
    {
        var sql = "SELECT ledger, seq, at, operation, type, payload FROM ledger_event WHERE (ledger, seq) > ($1, $2)"
            + (to is null ? "" : " AND ledger < $4") + " ORDER BY ledger, seq LIMIT $3";
        var (ledger, seq, read) = (from, 0L, PageSize);
        while (read == PageSize)
        {
            read = 0;
            foreach (var row in Query(sql, to is null ? [ledger, seq, PageSize] : [ledger, seq, PageSize, to]))
            {
                read++;
                // One string for all events of a ledger: the visitor tells ledgers apart by it.
                if (row.GetString(0) is var name && name != ledger) ledger = name;
                seq = row.GetInt64(1);
                visit(new JournalRow
                {
                    Place = new Place(ledger, seq),
                    At = new DateTimeOffset(row.GetDateTime(2)).ToUnixTimeMilliseconds(),
                    HasOperation = !row.IsDBNull(3),
                    Operation = row.IsDBNull(3) ? [] : row.GetFieldValue<byte[]>(3),
                    Type = row.GetInt32(4),
                    Payload = row.GetFieldValue<byte[]>(5),
                });
            }
        }
    }

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

    public StockFigures Sum(string ledger, long after, long upTo) => Query(Sums, ledger, after, upTo)
        .Select(r => new StockFigures(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetInt64(4))).First();

    public void Dispose() => _connection.Dispose();

    private static long? Nullable(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private IEnumerable<NpgsqlDataReader> Query(string sql, params object[] values)
    {
#pragma warning disable CA2100 // Constant texts of this file.
        using var command = new NpgsqlCommand(sql, _connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return reader;
    }
}
