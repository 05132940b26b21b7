using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>
/// The tables, in SQL that an operator can read with any SQLite tool. The comments are kept in the file and shown by <c>.schema</c>.
/// </summary>
internal static class SqliteSchema
{
    public const long Version = 1;

    // No index beyond the primary keys, and no rowid beside them: each event is written to one B-tree, once.
    const string Tables =
        """
        CREATE TABLE schema_version(version INTEGER NOT NULL) STRICT;

        CREATE TABLE ledger_head(
          ledger TEXT NOT NULL PRIMARY KEY,
          epoch INTEGER NOT NULL CHECK (epoch > 0), -- of the activation that may write
          seq INTEGER NOT NULL CHECK (seq >= 0)     -- of the newest event
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE ledger_event(
          ledger TEXT NOT NULL,
          seq INTEGER NOT NULL CHECK (seq > 0),     -- 1, 2, 3, ...
          at INTEGER NOT NULL,                      -- milliseconds since 1970
          operation TEXT,                           -- 32 hexadecimal digits, or null
          type INTEGER NOT NULL CHECK (type > 0),
          payload TEXT NOT NULL,                    -- JSON
          PRIMARY KEY (ledger, seq)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE ledger_snapshot(
          ledger TEXT NOT NULL,
          seq INTEGER NOT NULL CHECK (seq > 0),     -- of the newest event contained
          chunk INTEGER NOT NULL,                   -- 0, 1, 2, ...
          chunks INTEGER NOT NULL,                  -- how many make it complete
          format INTEGER NOT NULL,
          data BLOB NOT NULL,
          PRIMARY KEY (ledger, seq, chunk)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE lease(
          name TEXT NOT NULL PRIMARY KEY,
          owner TEXT NOT NULL,
          expires_at INTEGER NOT NULL               -- milliseconds since 1970
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE grain_state(
          name TEXT NOT NULL,
          key TEXT NOT NULL,
          etag INTEGER NOT NULL,
          payload TEXT,                             -- JSON, or null once deleted
          PRIMARY KEY (name, key)
        ) STRICT, WITHOUT ROWID;
        """;

    /// <summary>Makes the tables of an empty database, in one transaction; checks those of any other.</summary>
    public static void CreateOrCheck(SqliteConnection connection, string path)
    {
        if (ReadColumns(connection).Count == 0) Create(connection);
        else Check(connection, path);
    }

    public static void Check(SqliteConnection connection, string path)
    {
        var found = ReadColumns(connection);
        if (!found.Contains("schema_version.version"))
            throw new JournalUnusableException($"{path} is a database of something else: choose another data directory.");
        var version = ReadVersion(connection);
        if (version > Version)
            throw new JournalUnusableException(
                $"{path} was written by a newer FlashSale (schema {version}, this one knows {Version}): start that version.");
        if (version != Version)
            throw new JournalUnusableException($"{path} has schema {version?.ToString() ?? "(none)"}, not {Version}: restore it from a backup.");
        var missing = Expected().Except(found, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
            throw new JournalUnusableException($"{path} lacks {string.Join(", ", missing)}: restore it from a backup.");
    }

    static void Create(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction(deferred: false);
        Execute(connection, Tables);
        Execute(connection, $"INSERT INTO schema_version(version) VALUES ({Version})");
        transaction.Commit();
    }

    /// <summary>The columns as SQLite itself understands the text above, so that the check can never disagree with it.</summary>
    static HashSet<string> Expected()
    {
        using var scratch = new SqliteConnection("Data Source=:memory:;Pooling=False");
        scratch.Open();
        Execute(scratch, Tables);
        return ReadColumns(scratch);
    }

    static HashSet<string> ReadColumns(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText =
            "SELECT t.name || '.' || c.name FROM sqlite_schema t, pragma_table_info(t.name) c WHERE t.type = 'table'";
        using var reader = command.ExecuteReader();
        var columns = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read()) columns.Add(reader.GetString(0));
        return columns;
    }

    static long? ReadVersion(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT max(version) FROM schema_version";
        return command.ExecuteScalar() as long?;
    }

    static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
