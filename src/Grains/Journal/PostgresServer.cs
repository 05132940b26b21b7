using System.Collections.Concurrent;
using Npgsql;

namespace FlashSale.Grains.Journal;

/// <summary>
/// The server: how its sessions are set up, and which settings make a commit durable. Settings travel in the start of each session, where
/// they go before those of a role or database and no reset can lose them.
/// </summary>
internal static class PostgresServer
{
    private const string ReadSettings =
        """
        SELECT current_setting('server_version'), current_setting('fsync'), current_setting('full_page_writes'),
          current_setting('synchronous_commit'), current_setting('transaction_read_only')
        """;

    private static readonly string[] Settings =
    [
        "synchronous_commit=on",
        // The fence relies on seeing what was committed while it waited.
        @"default_transaction_isolation=read\ committed",
        "idle_session_timeout=0",
        // Every statement walks primary keys. Without this, tables without statistics are scanned, and every group is planned anew.
        "plan_cache_mode=force_generic_plan",
        "enable_seqscan=off",
        "enable_bitmapscan=off",
        "enable_hashjoin=off",
        "enable_mergejoin=off",
        "max_parallel_workers_per_gather=0",
        "jit=off",
        // A client that vanished without a word keeps its locks no longer than this.
        "tcp_keepalives_idle=10",
        "tcp_keepalives_interval=5",
        "tcp_keepalives_count=3",
        "tcp_user_timeout=25000",
    ];

    private static readonly ConcurrentDictionary<string, NpgsqlDataSource> Audits = new(StringComparer.Ordinal);

    /// <summary>The connection string with all that the journal decides itself.</summary>
    /// <exception cref="JournalUnusableException">It cannot be read.</exception>
    public static NpgsqlConnectionStringBuilder Configure(PostgresOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CommandTimeout, TimeSpan.FromSeconds(1), nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.CommandTimeout, TimeSpan.FromMinutes(10), nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ConnectionsMost, 3, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ConnectionsMost, 500, nameof(options));
        var builder = Parse(options.ConnectionString);
        // The server gives up by itself too: a statement of a dead client must not take a lock, and a right, much later.
        var timeout = $"statement_timeout={(long)options.CommandTimeout.TotalMilliseconds}";
        builder.Options = string.Join(' ', [builder.Options ?? "", .. Settings.Append(timeout).Select(setting => $"-c {setting}")]).TrimStart();
        builder.ApplicationName ??= "flashsale";
        builder.CommandTimeout = (int)Math.Ceiling(options.CommandTimeout.TotalSeconds);
        builder.MaxPoolSize = options.ConnectionsMost;
        builder.MinPoolSize = 0;
        builder.Pooling = true;
        builder.Multiplexing = false;
        builder.Enlist = false;
        builder.NoResetOnClose = true;
        builder.MaxAutoPrepare = 32;
        builder.AutoPrepareMinUsages = 2;
        builder.TcpKeepAlive = true;
        builder.ReadBufferSize = builder.WriteBufferSize = 64 * 1024;
        return builder;
    }

    /// <summary>For the audit: no time limit, and the server plans as it likes.</summary>
    /// <exception cref="JournalUnusableException">It cannot be read.</exception>
    public static NpgsqlConnectionStringBuilder ConfigureAudit(string connectionString)
    {
        var builder = Parse(connectionString);
        builder.Options = $"{builder.Options} -c statement_timeout=0".TrimStart();
        builder.ApplicationName ??= "flashsale audit";
        builder.Pooling = false;
        builder.Multiplexing = false;
        builder.Enlist = false;
        builder.TcpKeepAlive = true;
        return builder;
    }

    public static NpgsqlDataSource Connect(NpgsqlConnectionStringBuilder builder)
    {
        var source = new NpgsqlDataSourceBuilder(builder.ConnectionString) { Name = "flashsale" }; // Else its metrics name the whole connection string.
        // Each connection anew: a server that was restarted with other settings must not be written to.
        source.UsePhysicalConnectionInitializer(
            connection => CheckSettings(connection).GetAwaiter().GetResult(),
            async connection => await CheckSettings(connection));
        return source.Build();
    }

    /// <summary>A connection for the audit, not opened yet. Its source is kept as Npgsql itself would keep it, but under a name that may be shown.</summary>
    public static NpgsqlConnection ConnectAudit(NpgsqlConnectionStringBuilder builder) => Audits
        .GetOrAdd(builder.ConnectionString, static text => new NpgsqlDataSourceBuilder(text) { Name = "flashsale audit" }.Build())
        .CreateConnection();

    /// <summary>Host, port and database, for messages.</summary>
    public static string Place(NpgsqlConnectionStringBuilder builder) => $"{builder.Host}:{builder.Port}/{builder.Database ?? builder.Username}";

    /// <summary>Durability is what the session says it is, not what was asked of it.</summary>
    /// <returns>Product, version and settings as read back.</returns>
    /// <exception cref="JournalUnusableException">A commit would not be durable, or not be possible.</exception>
    public static async Task<string> CheckSettings(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(ReadSettings, connection);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        var version = row.GetString(0).Split(' ')[0];
        var (fsync, pages, commit) = (row.GetString(1), row.GetString(2), row.GetString(3));
        var where = $"PostgreSQL at {connection.Host}:{connection.Port}/{connection.Database}";
        if (fsync != "on") throw NotDurable(where, "fsync", fsync);
        if (pages != "on") throw NotDurable(where, "full_page_writes", pages);
        if (commit != "on") throw NotDurable(where, "synchronous_commit", commit);
        if (row.GetString(4) != "off")
            throw new JournalUnusableException($"{where} is read-only, perhaps a standby: name the primary in the connection string.");
        return $"Postgres {version} synchronous_commit={commit} fsync={fsync} full_page_writes={pages}";
    }

    private static JournalUnusableException NotDurable(string where, string setting, string value) =>
        new($"{where} has {setting}={value}: what it commits can be lost; set {setting}=on.");

    private static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString);
            if (!string.IsNullOrEmpty(builder.Host)) return builder;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // What is wrong is not repeated: it may be a part of the password.
        }
        throw new JournalUnusableException("The PostgreSQL connection string cannot be read: it is Host=...;Database=...;Username=...;Password=...");
    }
}
