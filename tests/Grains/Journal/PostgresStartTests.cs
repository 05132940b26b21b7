using FlashSale.Grains.Journal;
using FlashSale.Testing;
using Npgsql;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>What a start on PostgreSQL checks: that it can be reached, that a commit is durable, that the tables are whole.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresStartTests(PostgresCluster cluster) : IAsyncLifetime
{
    private string _store = "";

    public async Task InitializeAsync() => _store = await cluster.NewSchema();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_settings_that_make_a_commit_durable_are_read_back()
    {
        await using var journal = await Open();

        Assert.Matches(@"^Postgres \d+(\.\d+)+ synchronous_commit=on fsync=on full_page_writes=on$", journal.Description);
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    public async Task A_server_that_can_lose_what_it_commits_is_refused(string setting)
    {
        await PostgresCluster.Run(_store, $"ALTER SYSTEM SET {setting} = off");
        try
        {
            await Reload(setting, "off");
            await AssertUnusable(_store, $"{setting}=off: what it commits can be lost; set {setting}=on.");
        }
        finally
        {
            await PostgresCluster.Run(_store, $"ALTER SYSTEM SET {setting} = on");
            await Reload(setting, "on");
        }
    }

    [Theory]
    [InlineData("synchronous_commit = off")]
    [InlineData("default_transaction_isolation = serializable")]
    [InlineData("statement_timeout = 1")]
    [InlineData("enable_indexscan = off")]
    public async Task What_a_role_sets_for_itself_does_not_weaken_the_journal(string setting)
    {
        var role = await MakeRole();
        await PostgresCluster.Run(_store, $"ALTER ROLE {role} SET {setting}");
        var connection = As(role);

        await using var journal = await PostgresJournal.Open(new PostgresOptions(connection));

        Assert.StartsWith("Postgres", journal.Description, StringComparison.Ordinal);
        Assert.Contains("synchronous_commit=on", journal.Description, StringComparison.Ordinal);
        Assert.True(await journal.Append("stock/sku-1", 0, 0));
        Assert.Equal(new LedgerHead(2, 1), await journal.Bump("stock/sku-1"));
    }

    [Fact]
    public async Task Options_of_the_connection_string_are_kept_but_do_not_weaken_the_journal()
    {
        var connection = new NpgsqlConnectionStringBuilder(_store) { Options = "-c synchronous_commit=off -c work_mem=7MB" }.ConnectionString;
        var source = PostgresServer.Configure(new PostgresOptions(connection)).ConnectionString;

        Assert.Equal("on", await PostgresCluster.Run(source, "SHOW synchronous_commit"));
        Assert.Equal("7MB", await PostgresCluster.Run(source, "SHOW work_mem"));
    }

    [Fact]
    public async Task A_session_that_does_not_wait_for_its_commits_is_refused()
    {
        await using var connection = new NpgsqlConnection(_store);
        await connection.OpenAsync();
        await using var off = new NpgsqlCommand("SET synchronous_commit = off", connection);
        await off.ExecuteNonQueryAsync();

        var e = await Assert.ThrowsAsync<JournalUnusableException>(() => PostgresServer.CheckSettings(connection));
        Assert.Contains("synchronous_commit=off", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_database_is_refused()
    {
        var connection = new NpgsqlConnectionStringBuilder(_store) { Options = "-c default_transaction_read_only=on" }.ConnectionString;

        await AssertUnusable(connection, "is read-only, perhaps a standby");
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=x;Username=u;Password=secret-word", "cannot be reached")]
    [InlineData("Host=no-such-host.invalid;Database=x;Username=u;Password=secret-word", "cannot be")]
    [InlineData("Password=secret-word", "cannot be read")]
    [InlineData("secret-word", "cannot be read")]
    [InlineData("Host=x;Port=secret-word", "cannot be read")]
    [InlineData("Host=x;Password=a;secret-word=1", "cannot be read")]
    public async Task What_cannot_be_connected_to_is_unusable(string connection, string expected) => await AssertUnusable(connection, expected);

    [Fact]
    public async Task A_wrong_password_a_missing_database_and_a_missing_schema_are_told_apart()
    {
        var builder = new NpgsqlConnectionStringBuilder(_store);

        await AssertUnusable(new NpgsqlConnectionStringBuilder(_store) { Password = "secret-word" }.ConnectionString, "refuses this user");
        await AssertUnusable(new NpgsqlConnectionStringBuilder(_store) { Database = "nowhere" }.ConnectionString, "has no such database");
        await AssertUnusable(new NpgsqlConnectionStringBuilder(_store) { SearchPath = "nowhere" }.ConnectionString, "has no schema");
        await AssertUnusable(As(await MakeRole(mayCreate: false)), "denies this user");
    }

    [Fact]
    public async Task Processes_that_start_at_once_make_the_tables_once()
    {
        var journals = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Open()));

        Assert.Equal(1L, await PostgresCluster.Run(_store, "SELECT count(*) FROM schema_version"));
        foreach (var journal in journals) await journal.DisposeAsync();
    }

    [Fact]
    public async Task Tables_of_others_do_no_harm()
    {
        await PostgresCluster.Run(_store, "CREATE TABLE orleansmembershiptable(deploymentid text)");

        await (await Open()).DisposeAsync();
        await (await Open()).DisposeAsync();
    }

    [Theory]
    [InlineData("UPDATE schema_version SET version = 2", "newer FlashSale (schema 2, this one knows 1)")]
    [InlineData("UPDATE schema_version SET version = 0", "schema 0")]
    [InlineData("DELETE FROM schema_version", "schema (none)")]
    [InlineData("DROP TABLE ledger_event", "lacks ledger_event PRIMARY KEY (ledger, seq), ledger_event.at")]
    [InlineData("ALTER TABLE ledger_event DROP COLUMN operation", "lacks ledger_event.operation text")]
    [InlineData("ALTER TABLE ledger_event ALTER COLUMN payload TYPE jsonb", "lacks ledger_event.payload json")]
    [InlineData("ALTER TABLE ledger_head DROP CONSTRAINT ledger_head_pkey", "lacks ledger_head PRIMARY KEY (ledger)")]
    [InlineData("DROP TABLE schema_version", "tables of something else")]
    public async Task A_schema_that_is_not_whole_is_unusable(string damage, string expected)
    {
        await (await Open()).DisposeAsync();
        await PostgresCluster.Run(_store, damage);

        await AssertUnusable(_store, expected);
    }

    [Fact]
    public async Task A_role_needs_no_right_to_change_or_remove_events()
    {
        await (await Open()).DisposeAsync();
        var role = await MakeRole(mayCreate: false);
        await Grant(role, "SELECT ON schema_version", "SELECT, INSERT, UPDATE ON ledger_head", "SELECT, INSERT ON ledger_event", "SELECT, INSERT, DELETE ON ledger_snapshot");
        await AssertUnusable(As(role), "denies this user SELECT on lease, INSERT on lease, UPDATE on lease, SELECT on grain_state");
        await Grant(role, "SELECT, INSERT, UPDATE ON lease, grain_state");

        await using var journal = await PostgresJournal.Open(new PostgresOptions(As(role)));
        Assert.True(Assert.Single(await journal.Append([new JournalEntry("stock/sku-1", 0, 0, [new EventRow(1, DateTimeOffset.UnixEpoch, null, 1, "{}")])])));
        Assert.Equal(new LedgerHead(2, 1), await journal.Bump("stock/sku-1"));
        await journal.WriteSnapshot("stock/sku-1", new Snapshot(1, 1, new byte[] { 1 }));
        await journal.WriteSnapshot("stock/sku-1", new Snapshot(1, 2, new byte[] { 2 }));
        Assert.True(await journal.TryLease("keeper", "me", TimeSpan.FromSeconds(5)));
        await journal.GrainState.Write("sku", "sku-1", "{}", expectedEtag: null);
    }

    private static async Task AssertUnusable(string connection, string expected)
    {
        var e = await Assert.ThrowsAsync<JournalUnusableException>(() => PostgresJournal.Open(new PostgresOptions(connection)));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain("secret-word", e.ToString(), StringComparison.Ordinal);
    }

    private Task<PostgresJournal> Open() => PostgresJournal.Open(new PostgresOptions(_store));

    /// <summary>The signal to read the configuration is asynchronous; a session sees it with one of its next statements.</summary>
    private async Task Reload(string setting, string value)
    {
        await PostgresCluster.Run(_store, "SELECT pg_reload_conf()");
        while (!value.Equals(await PostgresCluster.Run(_store, $"SHOW {setting}"))) await Task.Yield();
    }

    private async Task<string> MakeRole(bool mayCreate = true)
    {
        var schema = new NpgsqlConnectionStringBuilder(_store).SearchPath!;
        var role = $"role_{schema}";
        await PostgresCluster.Run(_store, $"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT {(mayCreate ? "USAGE, CREATE" : "USAGE")} ON SCHEMA {schema} TO {role}");
        return role;
    }

    private async Task Grant(string role, params string[] rights)
    {
        foreach (var right in rights) await PostgresCluster.Run(_store, $"GRANT {right} TO {role}");
    }

    private string As(string role) => new NpgsqlConnectionStringBuilder(_store) { Username = role, Password = "x" }.ConnectionString;
}
