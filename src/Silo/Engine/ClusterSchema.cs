using FlashSale.Grains.Journal;
using Npgsql;

namespace FlashSale.Silo.Engine;

/// <summary>The tables of a cluster (ClusterSchema.sql) in the journal's database: made where there are none, checked in any case.</summary>
internal static class ClusterSchema
{
    public const int Version = 1;

    /// <summary>A member reads and writes a row now and then.</summary>
    private const int ConnectionsMost = 8;

    /// <summary>The advisory lock under which the tables are made; any number that nobody else uses.</summary>
    private const long Lock = 0x466C_6173_6853_616D;

    private const string MadeAnew = "stop all silos and drop cluster_member, cluster_version, cluster_schema and OrleansQuery; they keep nothing and are made anew";

    /// <summary>What the file comes out as, with the keys of its queries; the check after the creation holds the two together.</summary>
    private static readonly string[] Expected =
    [
        "cluster_schema.version integer",
        "cluster_version.cluster text", "cluster_version.version integer", "cluster_version PRIMARY KEY (cluster)",
        "cluster_member.cluster text", "cluster_member.address text", "cluster_member.port integer", "cluster_member.generation integer",
        "cluster_member.silo_name text", "cluster_member.host_name text", "cluster_member.status integer", "cluster_member.proxy_port integer",
        "cluster_member.suspect_times text", "cluster_member.start_time timestamp with time zone",
        "cluster_member.i_am_alive_time timestamp with time zone", "cluster_member PRIMARY KEY (cluster, address, port, generation)",
        "orleansquery.querykey text", "orleansquery.querytext text", "orleansquery PRIMARY KEY (querykey)",
        "InsertMembershipVersionKey", "InsertMembershipKey", "UpdateMembershipKey", "UpdateIAmAlivetimeKey", "MembershipReadRowKey",
        "MembershipReadAllKey", "GatewaysQueryKey", "CleanupDefunctSiloEntriesKey", "DeleteMembershipTableEntriesKey",
        "ReadFromStorageKey", "WriteToStorageKey", "ClearStorageKey",
    ];

    /// <summary>Connects as the journal does, with the same demands on the server.</summary>
    /// <returns>For the providers; the caller disposes it.</returns>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public static async Task<NpgsqlDataSource> Open(string connectionString)
    {
        var builder = PostgresServer.Configure(new PostgresOptions(connectionString) { ConnectionsMost = ConnectionsMost });
        var source = PostgresServer.Connect(builder);
        var place = PostgresServer.Place(builder);
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            await CreateOrCheck(connection, place);
            return source;
        }
        catch (Exception e)
        {
            await source.DisposeAsync();
            throw PostgresErrors.Unusable(place, e);
        }
    }

    /// <summary>Makes the tables where there is none of them; checks them in any case.</summary>
    public static async Task CreateOrCheck(NpgsqlConnection connection, string place)
    {
        var found = await PostgresSchema.Parts(connection);
        if (!found.Exists(part => part.StartsWith("orleansquery.", StringComparison.Ordinal) || part == Expected[0]))
        {
            await PostgresSchema.Strings(connection, Create());
            found = await PostgresSchema.Parts(connection);
        }

        var where = $"PostgreSQL at {place}";
        if (!found.Contains(Expected[0]))
            throw new JournalUnusableException($"{where} serves another Orleans application: choose another database or schema.");
        var versions = await PostgresSchema.Strings(connection, "SELECT max(version)::text FROM cluster_schema");
        var version = versions.Count == 0 ? (int?)null : int.Parse(versions[0]);
        if (version > Version)
            throw new JournalUnusableException($"{where} was set up for a cluster by a newer FlashSale (schema {version}, this one knows {Version}): start that version.");
        if (version != Version)
            throw new JournalUnusableException($"{where} has cluster schema {version?.ToString() ?? "(none)"}, not {Version}: {MadeAnew}.");
        if (found.Contains("orleansquery.querykey text")) found.AddRange(await PostgresSchema.Strings(connection, "SELECT querykey FROM orleansquery"));
        var missing = Expected.Except(found, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0) throw new JournalUnusableException($"{where} lacks {string.Join(", ", missing)}: {MadeAnew}.");
    }

    // One statement, so that it is one transaction without a round trip inside: processes that start at once make the tables once.
    private static string Create()
    {
        using var file = new StreamReader(typeof(ClusterSchema).Assembly.GetManifestResourceStream("ClusterSchema.sql")!);
        return $"""
            DO $create$ BEGIN
            PERFORM pg_advisory_xact_lock({Lock});
            IF NOT EXISTS (SELECT FROM pg_class WHERE relname = 'cluster_schema' AND relnamespace = current_schema()::regnamespace) THEN
            {file.ReadToEnd()}
            END IF;
            END $create$
            """;
    }
}
