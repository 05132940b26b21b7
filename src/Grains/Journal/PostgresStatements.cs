namespace FlashSale.Grains.Journal;

/// <summary>
/// The statements on ledgers. Each one is autocommitted and goes over in one round trip, so that no lock ever waits for a client.
/// </summary>
internal static class PostgresStatements
{
    /// <summary>
    /// One group. No two groups, and no group and a bump, can deadlock: a group waits only while it creates heads, which it does first and in
    /// the order of their names, holding none but heads that it created. Existing heads it locks only then, and without waiting: one that is
    /// locked is being opened or written by somebody else, so the entry counts as fenced. Once it has them it never waits again.
    /// A locked head is the one that matched, for heads only grow; so the update cannot miss. The parts see each other through their results,
    /// not through the tables: each sees these as they were when the statement began.
    /// The hint says where the head's newest version was put by the group before. While somebody reads for long, no old version can be removed,
    /// and the index leads to the newest one through all of them: a hot ledger would get slower with each group.
    /// </summary>
    public const string Append =
        """
        WITH wanted AS MATERIALIZED (
          SELECT ledger COLLATE "C" AS ledger, epoch, seq, hint, events, place
          FROM unnest($1, $2, $3, $4::tid[], $5) WITH ORDINALITY AS w(ledger, epoch, seq, hint, events, place)
        ), created AS (
          INSERT INTO ledger_head(ledger, epoch, seq)
          SELECT ledger, 1, events FROM wanted WHERE epoch = 0 AND events > 0 ORDER BY ledger
          ON CONFLICT (ledger) DO NOTHING
          RETURNING ledger
        ), found AS MATERIALIZED (
          SELECT w.ledger, w.epoch, w.seq, w.events, w.place, coalesce(
            (SELECT h.ctid FROM ledger_head h WHERE h.ctid = w.hint AND h.ledger = w.ledger AND h.epoch = w.epoch AND h.seq = w.seq),
            (SELECT h.ctid FROM ledger_head h WHERE h.ledger = w.ledger AND h.epoch = w.epoch AND h.seq = w.seq)) AS version
          FROM wanted w WHERE w.epoch > 0 AND w.events > 0
        ), locked AS MATERIALIZED (
          SELECT h.ledger, h.ctid AS version, f.events, f.place
          FROM found f JOIN ledger_head h ON h.ctid = f.version AND h.ledger = f.ledger AND h.epoch = f.epoch AND h.seq = f.seq
          WHERE (SELECT count(*) FROM created) >= 0 -- not before all are created
          ORDER BY h.ledger
          FOR UPDATE OF h SKIP LOCKED
        ), moved AS (
          UPDATE ledger_head h SET seq = h.seq + l.events FROM locked l WHERE h.ctid = l.version RETURNING h.ledger, h.ctid AS version, l.place
        ), judged AS MATERIALIZED (
          SELECT w.place, CASE
            WHEN w.events = 0 THEN
              coalesce((SELECT h.epoch = w.epoch AND h.seq = w.seq FROM ledger_head h WHERE h.ledger = w.ledger), w.epoch = 0)
            WHEN w.epoch = 0 THEN w.ledger IN (SELECT ledger FROM created)
            ELSE w.ledger IN (SELECT ledger FROM moved)
          END AS matched
          FROM wanted w
        ), answer AS MATERIALIZED (
          SELECT array_agg(matched ORDER BY place) AS matched FROM judged
        ), written AS (
          INSERT INTO ledger_event(ledger, seq, at, operation, type, payload)
          SELECT e.ledger, e.seq, e.at, e.operation, e.type, e.payload
          FROM unnest($6, $7, $8, $9, $10, $11, $12) AS e(place, ledger, seq, at, operation, type, payload)
          WHERE (SELECT matched FROM answer)[e.place]
        )
        SELECT a.matched, m.places, m.versions
        FROM answer a CROSS JOIN (SELECT array_agg(place::int) AS places, array_agg(version::text) AS versions FROM moved) m
        """;

    /// <summary>A group of checks: reads, writes nothing, costs no fsync.</summary>
    public const string Check =
        """
        SELECT array_agg(coalesce(
          (SELECT true FROM ledger_head h WHERE h.ctid = w.hint AND h.ledger = w.ledger AND h.epoch = w.epoch AND h.seq = w.seq),
          (SELECT h.epoch = w.epoch AND h.seq = w.seq FROM ledger_head h WHERE h.ledger = w.ledger),
          w.epoch = 0) ORDER BY w.place)
        FROM unnest($1, $2, $3, $4::tid[]) WITH ORDINALITY AS w(ledger, epoch, seq, hint, place)
        """;

    /// <summary>
    /// Waits for commits in flight, head by head in the order of names, and then raises the epoch of what they left. A head that is not there is made: a
    /// look would not see one that is just being made, but an insert waits for it.
    /// </summary>
    public const string Bump =
        """
        INSERT INTO ledger_head AS h (ledger, epoch, seq)
        SELECT ledger, 1, 0 FROM unnest($1) AS w(ledger) ORDER BY ledger COLLATE "C"
        ON CONFLICT (ledger) DO UPDATE SET epoch = h.epoch + 1
        RETURNING h.ledger, h.epoch, h.seq
        """;

    /// <summary>One statement, so one moment: for each ledger asked its head, then chunks of its newest snapshot, then a page of events.</summary>
    public const string Read =
        """
        WITH asked AS MATERIALIZED (
          SELECT r.place, r.ledger, r.after, r.most, h.epoch, h.seq AS head, s.seq AS snapshot, s.format, s.chunks
          FROM unnest($1, $2, $3) WITH ORDINALITY AS r(ledger, after, most, place)
          JOIN ledger_head h ON h.ledger = r.ledger
          LEFT JOIN LATERAL (
            SELECT seq, format, chunks FROM ledger_snapshot
            WHERE r.after IS NULL AND ledger = r.ledger AND seq <= h.seq
            GROUP BY seq, format, chunks HAVING count(*) = chunks ORDER BY seq DESC LIMIT 1) s ON true
        )
        SELECT place, 0 AS kind, epoch, head, NULL::int, NULL::timestamptz, NULL::text, NULL::json, NULL::bytea FROM asked
        UNION ALL
        SELECT a.place, 1, a.snapshot, NULL, a.format, NULL, NULL, NULL, c.data
        FROM asked a CROSS JOIN LATERAL (
          SELECT data FROM ledger_snapshot WHERE ledger = a.ledger AND seq = a.snapshot AND chunks = a.chunks ORDER BY chunk) c
        UNION ALL
        SELECT a.place, 2, e.seq, NULL, e.type, e.at, e.operation, e.payload, NULL
        FROM asked a CROSS JOIN LATERAL (
          SELECT seq, at, operation, type, payload FROM ledger_event
          WHERE ledger = a.ledger AND seq > coalesce(a.after, a.snapshot, 0) ORDER BY seq LIMIT a.most) e
        """;

    public const string ReadEvents =
        "SELECT seq, at, operation, type, payload FROM ledger_event WHERE ledger = $1 AND seq > $2 ORDER BY seq LIMIT $3";

    public const string ListLedgers =
        "SELECT ledger FROM ledger_head WHERE ledger >= $1 AND ledger < $2 AND ledger > $3 ORDER BY ledger LIMIT $4";

    /// <summary>Whole milliseconds, as all times of ledgers.</summary>
    public const string ReadClock = "SELECT date_trunc('milliseconds', clock_timestamp())";

    public const string TakeLease =
        """
        INSERT INTO lease(name, owner, expires_at) VALUES ($1, $2, clock_timestamp() + $3)
        ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
        WHERE lease.owner = excluded.owner OR lease.expires_at <= clock_timestamp()
          OR ($3 > interval '0' AND lease.expires_at > clock_timestamp() + 2 * $3)
        """;

    /// <summary>
    /// Judges whether a snapshot is wanted, and clears what a crash left of one at its seq. Beyond the head it would hold events that never
    /// were, and must not come to life when the head passes its seq with other ones.
    /// </summary>
    public const string BeginSnapshot =
        """
        WITH judged AS MATERIALIZED (
          SELECT EXISTS (SELECT FROM ledger_head WHERE ledger = $1 AND seq >= $2) AND NOT EXISTS (
            SELECT FROM ledger_snapshot s WHERE s.ledger = $1 AND s.seq >= $2
              AND s.seq <= (SELECT seq FROM ledger_head WHERE ledger = $1)
            GROUP BY s.seq, s.format, s.chunks HAVING count(*) = s.chunks) AS wanted
        ), cleared AS (
          DELETE FROM ledger_snapshot WHERE ledger = $1 AND seq = $2 AND (SELECT wanted FROM judged)
        )
        SELECT wanted FROM judged
        """;

    public const string WriteChunk = "INSERT INTO ledger_snapshot(ledger, seq, chunk, chunks, format, data) VALUES ($1, $2, $3, $4, $5, $6)";

    /// <summary>Never a newer one that is not beyond the head: another process may be writing it.</summary>
    public const string DeleteOtherSnapshots =
        """
        DELETE FROM ledger_snapshot WHERE ledger = $1 AND seq <> $2
          AND (seq < $2 OR seq > (SELECT seq FROM ledger_head WHERE ledger = $1))
        """;

    public const string ReadState = "SELECT payload, etag FROM grain_state WHERE name = $1 AND key = $2 AND payload IS NOT NULL";

    public const string CreateState =
        """
        INSERT INTO grain_state AS s (name, key, etag, payload) VALUES ($1, $2, 1, $3)
        ON CONFLICT (name, key) DO UPDATE SET etag = s.etag + 1, payload = excluded.payload WHERE s.payload IS NULL
        RETURNING etag
        """;

    public const string ReplaceState =
        """
        UPDATE grain_state SET etag = etag + 1, payload = $3
        WHERE name = $1 AND key = $2 AND etag::text = $4 AND payload IS NOT NULL RETURNING etag
        """;
}
