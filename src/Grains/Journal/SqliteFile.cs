using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>The database file: how it is opened, which settings make a commit durable, and what its errors mean to an operator.</summary>
internal sealed class SqliteFile(string directory)
{
    public const string FileName = "flashsale.db";

    /// <summary>
    /// Between checkpoints: 64 MiB. A drop rewrites the same few pages, which a checkpoint then copies just once: against 16 MiB
    /// it writes 20-37 % less per event, for a longest stall of 0.09 s instead of 0.05 s (docs/benchmarks.md).
    /// </summary>
    const int CheckpointPages = 16_000;

    /// <summary>Kept by the writer, in KiB, so that a random cart's place in the tree is found in memory.</summary>
    const int WriterCacheKibibytes = 64 * 1024;

    /// <summary>For somebody who holds the write lock from outside, such as an operator's shell.</summary>
    const int BusySeconds = 5;

    /// <summary>How SQLite reports synchronous=FULL.</summary>
    const string SynchronousFull = "2";

    const int Notadb = 26, Corrupt = 11, Full = 13, Readonly = 8, CantOpen = 14, Perm = 3, IoErr = 10, Busy = 5;

    public string Path { get; } = System.IO.Path.Combine(directory, FileName);

    /// <summary>Opens or makes the database, for the start.</summary>
    /// <returns>Product, version and settings as the store itself reports them.</returns>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public string Create()
    {
        try
        {
            using var connection = Open(SqliteOpenMode.ReadWriteCreate);
            Configure(connection);
            SqliteSchema.CreateOrCheck(connection, Path);
            ForgetLeases(connection);
            return Describe(connection);
        }
        catch (SqliteException e)
        {
            throw Unusable(Path, e);
        }
    }

    /// <summary>Never makes the file: one that vanished under a running process must not be replaced by an empty one.</summary>
    public SqliteConnection OpenWriter()
    {
        var connection = Open(SqliteOpenMode.ReadWrite);
        Configure(connection);
        return connection;
    }

    public SqliteConnection OpenReader() => Open(SqliteOpenMode.ReadOnly);

    /// <summary>For the audit: may be used beside a running process, which it neither blocks nor waits for.</summary>
    public static SqliteConnection OpenReadOnly(string directory)
    {
        var file = new SqliteFile(directory);
        if (!File.Exists(file.Path)) throw new JournalUnusableException($"There is no {file.Path}: name the data directory of a FlashSale.");
        SqliteConnection? connection = null;
        try
        {
            connection = file.OpenReader();
            SqliteSchema.Check(connection, file.Path);
            return connection;
        }
        catch (Exception e)
        {
            connection?.Dispose();
            if (e is SqliteException sql) throw Unusable(file.Path, sql);
            throw;
        }
    }

    internal static JournalUnusableException Unusable(string path, SqliteException e) => new(
        e.SqliteErrorCode switch
        {
            Notadb or Corrupt => $"{path} is damaged or not a database: restore it from a backup or choose another data directory.",
            Full => $"The disk of {path} is full: make room.",
            Readonly or CantOpen or Perm => $"{path} cannot be written: give this user the right to, or choose another data directory.",
            Busy => $"{path} is locked by another program: close that one.",
            IoErr => $"The disk of {path} fails ({e.Message}): check it, then restore the file from a backup if need be.",
            _ => $"{path} cannot be opened: {e.Message}",
        },
        e);

    // The form that API.md gives for /health/ready; the journal mode is checked at start and can be no other.
    static string Describe(SqliteConnection connection) =>
        $"Sqlite {connection.ServerVersion} synchronous={(Read(connection, "synchronous") == SynchronousFull ? "FULL" : "UNSAFE")}";

    SqliteConnection Open(SqliteOpenMode mode)
    {
        // No pool: closing must be closing, or a broken connection would come back.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = Path,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = BusySeconds,
            ForeignKeys = true,
        }.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Durability is what the file says it is, not what was asked of it: both settings are read back.</summary>
    void Configure(SqliteConnection connection)
    {
        var mode = Read(connection, "journal_mode=WAL");
        Read(connection, "synchronous=FULL");
        var synchronous = Read(connection, "synchronous");
        if (mode != "wal" || synchronous != SynchronousFull)
            throw new JournalUnusableException(
                $"{Path} has journal_mode {mode} and synchronous {synchronous}, not wal and {SynchronousFull}: use a local file system.");
        Read(connection, $"wal_autocheckpoint={CheckpointPages}");
        Read(connection, $"cache_size=-{WriterCacheKibibytes}");
    }

    /// <summary>Whoever held one is dead, for this process has the directory's lock; waiting it out would delay expiries.</summary>
    static void ForgetLeases(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "DELETE FROM lease";
        command.ExecuteNonQuery();
    }

    static string? Read(SqliteConnection connection, string pragma)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA {pragma}";
        return command.ExecuteScalar()?.ToString();
    }
}
