using System.Diagnostics;
using Npgsql;
using Xunit;

namespace FlashSale.Testing;

/// <summary>
/// A throw-away PostgreSQL server (eng/postgres), started with the first test that asks for it; each store has a schema of its own in it. It
/// is stopped after the last test, and by its own watch should this process die before that.
/// </summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("flashsale-postgres-").FullName;
    private string _connection = "";
    private int _schemas;

    public async Task InitializeAsync()
    {
        var server = (await Script("start", _directory, "--until", $"{Environment.ProcessId}")).Trim();
        // A language whose order of letters is not that of their bytes: the journal must not depend on it.
        await Run(server, "CREATE DATABASE flashsale TEMPLATE template0 LOCALE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'en'", []);
        _connection = new NpgsqlConnectionStringBuilder(server) { Database = "flashsale", IncludeErrorDetail = true }.ConnectionString;
    }

    public async Task DisposeAsync()
    {
        await Script("stop", _directory);
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Makes an empty schema; what connects with the string finds its tables there.</summary>
    public async Task<string> NewSchema()
    {
        var name = $"store_{Interlocked.Increment(ref _schemas)}";
        await Run(_connection, $"CREATE SCHEMA {name}", []);
        return new NpgsqlConnectionStringBuilder(_connection) { SearchPath = name }.ConnectionString;
    }

    /// <summary>Kills the server and starts it again.</summary>
    public Task Crash() => Script("restart", _directory);

    /// <summary>Stops the server; <see cref="Start"/> brings it back where it was.</summary>
    public Task Stop() => Script("stop", _directory);

    public Task Start() => Script("start", _directory);

    /// <summary>Runs a statement as an operator would; the first column of the first row.</summary>
    public static async Task<object?> Run(string connectionString, string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return await command.ExecuteScalarAsync();
    }

    private static async Task<string> Script(params string[] arguments)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, "eng", "postgres")))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException("eng/postgres was not found above the tests.");
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(root, "eng", "postgres"), arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException(await error);
    }
}

/// <summary>All tests on PostgreSQL share the cluster, and run one after the other, so that one may restart it.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresCluster>
{
    public const string Name = "postgres";
}
