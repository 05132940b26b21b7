using Npgsql;

namespace FlashSale.Grains.Journal;

/// <summary>The tables, in SQL that an operator can read; made in the schema that comes first in the session's search path.</summary>
internal static class PostgresSchema
{
    public const int Version = 1;

    /// <summary>The advisory lock under which the tables are made; any number that nobody else uses.</summary>
    private const long Lock = 0x466C_6173_6853_616C;

    // Names sort by their bytes ("C"), which is ordinal order, whatever the database's own language is. No index beyond the primary keys.
    // A head is rewritten by every group: room on its page keeps the new version there, without touching the index, and vacuum comes early.
    // Snapshots are stored as they are: they come in a compact form, and PostgreSQL's compression is slow.
    private const string Tables =
        """
        CREATE TABLE schema_version(version integer NOT NULL);

        CREATE TABLE ledger_head(
          ledger text COLLATE "C" PRIMARY KEY,
          epoch bigint NOT NULL CHECK (epoch > 0),
          seq bigint NOT NULL CHECK (seq >= 0)
        ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500,
          autovacuum_analyze_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 0);

        CREATE TABLE ledger_event(
          ledger text COLLATE "C" NOT NULL,
          seq bigint NOT NULL CHECK (seq > 0),
          at timestamptz(3) NOT NULL,
          operation text,
          type integer NOT NULL CHECK (type > 0),
          payload json NOT NULL,
          PRIMARY KEY (ledger, seq)
        );

        CREATE TABLE ledger_snapshot(
          ledger text COLLATE "C" NOT NULL,
          seq bigint NOT NULL CHECK (seq > 0),
          chunk integer NOT NULL,
          chunks integer NOT NULL,
          format integer NOT NULL,
          data bytea NOT NULL,
          PRIMARY KEY (ledger, seq, chunk)
        );
        ALTER TABLE ledger_snapshot ALTER COLUMN data SET STORAGE EXTERNAL;

        CREATE TABLE lease(
          name text COLLATE "C" PRIMARY KEY,
          owner text NOT NULL,
          expires_at timestamptz NOT NULL
        );

        CREATE TABLE grain_state(
          name text COLLATE "C" NOT NULL,
          key text COLLATE "C" NOT NULL,
          etag bigint NOT NULL,
          payload json,
          PRIMARY KEY (name, key)
        );

        COMMENT ON COLUMN ledger_head.epoch IS 'of the activation that may write';
        COMMENT ON COLUMN ledger_head.seq IS 'of the newest event';
        COMMENT ON COLUMN ledger_event.operation IS '32 hexadecimal digits, or null';
        COMMENT ON COLUMN ledger_snapshot.seq IS 'of the newest event contained';
        COMMENT ON COLUMN ledger_snapshot.chunks IS 'how many make it complete';
        COMMENT ON COLUMN grain_state.payload IS 'null once deleted';
        """;

    // One statement, so that it is one transaction without a round trip inside: two processes that start at once make the tables once.
    private static readonly string CreateTables =
        $"""
        DO $create$ BEGIN
        PERFORM pg_advisory_xact_lock({Lock});
        IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'schema_version' AND relnamespace = current_schema()::regnamespace) THEN
        {Tables}
        INSERT INTO schema_version(version) VALUES ({Version});
        END IF;
        END $create$
        """;

    private const string ReadParts =
        """
        SELECT c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT c.relname || ' ' || pg_get_constraintdef(p.oid)
        FROM pg_class c JOIN pg_constraint p ON p.conrelid = c.oid
        WHERE c.relnamespace = current_schema()::regnamespace AND p.contype = 'p'
        """;

    /// <summary>What the tables above come out as; the check after their creation holds the two together.</summary>
    private static readonly string[] Expected =
    [
        "schema_version.version integer",
        "ledger_head.ledger text", "ledger_head.epoch bigint", "ledger_head.seq bigint", "ledger_head PRIMARY KEY (ledger)",
        "ledger_event.ledger text", "ledger_event.seq bigint", "ledger_event.at timestamp(3) with time zone", "ledger_event.operation text",
        "ledger_event.type integer", "ledger_event.payload json", "ledger_event PRIMARY KEY (ledger, seq)",
        "ledger_snapshot.ledger text", "ledger_snapshot.seq bigint", "ledger_snapshot.chunk integer", "ledger_snapshot.chunks integer",
        "ledger_snapshot.format integer", "ledger_snapshot.data bytea", "ledger_snapshot PRIMARY KEY (ledger, seq, chunk)",
        "lease.name text", "lease.owner text", "lease.expires_at timestamp with time zone", "lease PRIMARY KEY (name)",
        "grain_state.name text", "grain_state.key text", "grain_state.etag bigint", "grain_state.payload json",
        "grain_state PRIMARY KEY (name, key)",
    ];

    private static readonly string[] OwnTables = [.. Expected.Select(part => part.Split('.', ' ')[0]).Distinct(StringComparer.Ordinal)];

    // Events are only ever added: a role without UPDATE and DELETE there cannot change what was sold.
    private const string ReadMissingPrivileges =
        """
        SELECT privilege || ' on ' || name
        FROM (VALUES ('schema_version', 'SELECT'), ('ledger_head', 'SELECT,INSERT,UPDATE'), ('ledger_event', 'SELECT,INSERT'),
          ('ledger_snapshot', 'SELECT,INSERT,DELETE'), ('lease', 'SELECT,INSERT,UPDATE'), ('grain_state', 'SELECT,INSERT,UPDATE')) AS needed(name, privileges)
        CROSS JOIN LATERAL string_to_table(privileges, ',') AS privilege
        WHERE NOT has_table_privilege(quote_ident(current_schema()) || '.' || name, privilege)
        """;

    /// <summary>Makes the tables where there is none of them; checks them, and the right to use them, in any case.</summary>
    public static async Task CreateOrCheck(NpgsqlConnection connection, string place)
    {
        // Tables of others do no harm, so that one database can serve several purposes.
        var found = await Parts(connection);
        if (!found.Exists(part => OwnTables.Contains(part.Split('.', ' ')[0], StringComparer.Ordinal)))
        {
            await Strings(connection, CreateTables);
            found = await Parts(connection);
        }
        await Check(connection, place, found);
        var privileges = await Strings(connection, ReadMissingPrivileges);
        if (privileges.Count > 0)
            throw new JournalUnusableException($"PostgreSQL at {place} denies this user {string.Join(", ", privileges)}: grant it.");
    }

    /// <summary>For the audit: changes nothing.</summary>
    public static async Task Check(NpgsqlConnection connection, string place) => await Check(connection, place, await Parts(connection));

    /// <summary>Columns and primary keys of all tables in the schema that comes first in the search path.</summary>
    public static Task<List<string>> Parts(NpgsqlConnection connection) => Strings(connection, ReadParts);

    private static async Task Check(NpgsqlConnection connection, string place, List<string> found)
    {
        var where = $"PostgreSQL at {place}";
        if (!found.Contains(Expected[0]))
            throw new JournalUnusableException($"{where} holds tables of something else: choose another database.");
        var versions = await Strings(connection, "SELECT max(version)::text FROM schema_version");
        var version = versions.Count == 0 ? (int?)null : int.Parse(versions[0]);
        if (version > Version)
            throw new JournalUnusableException($"{where} was written by a newer FlashSale (schema {version}, this one knows {Version}): start that version.");
        if (version != Version)
            throw new JournalUnusableException($"{where} has schema {version?.ToString() ?? "(none)"}, not {Version}: restore it from a backup.");
        var missing = Expected.Except(found, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0) throw new JournalUnusableException($"{where} lacks {string.Join(", ", missing)}: restore it from a backup.");
    }

    /// <summary>The first column of the rows, nulls left out.</summary>
    public static async Task<List<string>> Strings(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var rows = await command.ExecuteReaderAsync();
        var strings = new List<string>();
        while (await rows.ReadAsync())
            if (!rows.IsDBNull(0)) strings.Add(rows.GetString(0));
        return strings;
    }
}
