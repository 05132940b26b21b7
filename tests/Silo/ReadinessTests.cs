using System.Net;
using FlashSale.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;

namespace FlashSale.Silo.Tests;

/// <summary><c>/health/ready</c> follows the store, without a restart and without a shopper who finds out first.</summary>
public abstract class ReadinessTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private WebApplication _app = null!;
    private Api _api = null!;

    private protected string Directory => _directory.Path;

    /// <summary>Settings that choose an empty store.</summary>
    private protected abstract Task<string[]> Store();

    public async Task InitializeAsync()
    {
        _app = await SiloHost.Build(
        [
            .. await Store(),
            "--environment", "Development", "--urls", "http://127.0.0.1:0", "--FlashSale:DataDirectory", Directory,
            "--FlashSale:AdminKey", Api.AdminKey, "--Logging:LogLevel:Default", "None",
        ]);
        await _app.StartAsync();
        _api = new Api(_app.Urls.First());
    }

    public async Task DisposeAsync()
    {
        _api.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    /// <summary>Ready, then not while the store is away, then again; and the first purchase after that is taken.</summary>
    private protected async Task AssertFollows(Func<Task> kill, Func<Task> revive)
    {
        await _api.MakeSku("shoe", 1);
        await Api.Expect(_api.PutCampaign("drop", skus: ("shoe", 1)));
        var mei = await _api.Login("mei");
        await Api.Expect(_api.Send(HttpMethod.Get, "/health/ready"));

        await kill();
        var away = await Eventually(HttpStatusCode.ServiceUnavailable);
        Assert.Equal((false, false), ((bool)away.Json!["ready"]!, (bool)away.Json["draining"]!));

        await revive();
        await Eventually(HttpStatusCode.OK);
        await Api.Expect(_api.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);
    }

    // The answer itself is the signal; the bound is only there so that a broken build ends.
    private async Task<Answer> Eventually(HttpStatusCode status)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await _api.Send(HttpMethod.Get, "/health/ready");
            if (answer.Status == status) return answer;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }
}

/// <summary>Readiness on SQLite.</summary>
public sealed class SqliteReadinessTests : ReadinessTests
{
    private protected override Task<string[]> Store() => Task.FromResult<string[]>([]);

    [Fact]
    public Task A_disk_that_takes_no_more_and_then_does() => AssertFollows(
        () => Run("CREATE TRIGGER full BEFORE INSERT ON lease BEGIN SELECT RAISE(ROLLBACK, 'as a full disk does'); END"),
        () => Run("DROP TRIGGER full"));

    [Fact]
    public async Task A_file_that_somebody_else_locks_and_then_does_not()
    {
        await using var shell = new SqliteConnection($"Data Source={Directory}/flashsale.db;Pooling=False");
        await AssertFollows(() => Execute(shell, "BEGIN IMMEDIATE"), () => Execute(shell, "ROLLBACK"));
    }

    private async Task Run(string sql)
    {
        await using var shell = new SqliteConnection($"Data Source={Directory}/flashsale.db;Pooling=False");
        await Execute(shell, sql);
    }

    private static async Task Execute(SqliteConnection shell, string sql)
    {
        await shell.OpenAsync();
        await using var command = shell.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Readiness on PostgreSQL.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresReadinessTests(PostgresCluster cluster) : ReadinessTests
{
    private protected override async Task<string[]> Store() => ["--ConnectionStrings:FlashSale", await cluster.NewSchema()];

    [Fact]
    public Task A_server_that_is_stopped_and_started_again() => AssertFollows(cluster.Stop, cluster.Start);
}
