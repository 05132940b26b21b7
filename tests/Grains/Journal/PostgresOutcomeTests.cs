using FlashSale.Grains.Journal;
using FlashSale.Testing;
using Npgsql;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>Failures on PostgreSQL: what is known to have been rolled back, what is unknown, and that the journal goes on afterwards.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresOutcomeTests(PostgresCluster cluster) : IAsyncLifetime
{
    private string _store = "";
    private PostgresJournal _journal = null!;

    public async Task InitializeAsync()
    {
        _store = await cluster.NewSchema();
        _journal = await PostgresJournal.Open(new PostgresOptions(_store));
        Assert.True(await _journal.Append("stock/sku-1", 0, 0));
        Assert.True(await _journal.Append("stock/sku-2", 0, 0));
    }

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    [Theory]
    [InlineData("not json")]
    [InlineData("""{"n":1}}""")]
    [InlineData("")]
    public async Task A_poisonous_event_is_rolled_back_with_its_group_and_nobody_suffers_twice(string payload)
    {
        var poison = new JournalEntry("stock/sku-1", 1, 1, [Event(2, payload)]);

        await Assert.ThrowsAsync<JournalRolledBackException>(() => _journal.Append([Entry("cart/a", 0, 0), poison, Entry("stock/sku-2", 1, 1)]));

        Assert.Equal(default, await _journal.Head("cart/a"));
        Assert.All(await _journal.Append([Entry("cart/a", 0, 0), Entry("stock/sku-2", 1, 1)]), Assert.True);
        await Assert.ThrowsAsync<JournalRolledBackException>(() => _journal.Append([poison]));
        Assert.True(await _journal.Append("stock/sku-1", 1, 1));
    }

    [Fact]
    public async Task Text_that_cannot_be_kept_is_refused_before_the_store_is_asked()
    {
        foreach (var payload in new[] { "\"a\0b\"", "\"\uD83D\"", "\"\uDF81\uD83D\"", "\uD83D" })
            await Assert.ThrowsAsync<ArgumentException>(() => _journal.Append([new JournalEntry("stock/sku-1", 1, 1, [Event(2, payload)])]));

        Assert.True((await _journal.Append([new JournalEntry("stock/sku-1", 1, 1, [Event(2, "\"\uD83C\uDF81\"")])]))[0]);
    }

    [Fact]
    public async Task An_error_of_the_commit_itself_is_not_taken_for_success()
    {
        await PostgresCluster.Run(_store, "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'");
        await PostgresCluster.Run(
            _store, "CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON ledger_head DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()");

        await Assert.ThrowsAsync<JournalRolledBackException>(() => _journal.Append("stock/sku-1", 1, 1));
        await Assert.ThrowsAsync<JournalRolledBackException>(() => _journal.Bump("stock/sku-1"));
        Assert.Equal(new LedgerHead(1, 1), await _journal.Head("stock/sku-1"));
    }

    [Theory]
    [InlineData(Cut.Before, false)]
    [InlineData(Cut.During, false)]
    [InlineData(Cut.After, true)]
    public async Task A_connection_lost_in_mid_group_leaves_it_unknown_and_a_bump_finds_out(Cut cut, bool happened)
    {
        var server = new NpgsqlConnectionStringBuilder(_store);
        await using var proxy = new TcpProxy(server.Port);
        server.Port = proxy.Port;
        await using var journal = await PostgresJournal.Open(new PostgresOptions(server.ConnectionString));
        Assert.True(await journal.Append("stock/sku-1", 1, 1));

        proxy.Next = cut;
        var e = await Assert.ThrowsAnyAsync<Exception>(() => journal.Append([Entry("stock/sku-1", 1, 2), Entry("cart/a", 0, 0)]));
        var head = await journal.Bump("stock/sku-1");

        Assert.IsNotType<JournalRolledBackException>(e);
        Assert.Equal(new LedgerHead(2, happened ? 3 : 2), head);
        Assert.Equal(Enumerable.Range(1, (int)head.Seq).Select(seq => (long)seq), await journal.Seqs("stock/sku-1"));
        Assert.Equal(happened ? 1 : 0, (await journal.Head("cart/a")).Seq);
        Assert.True(await journal.Append("stock/sku-1", 2, head.Seq));
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_any_more_did_nothing()
    {
        var server = new NpgsqlConnectionStringBuilder(_store);
        var proxy = new TcpProxy(server.Port);
        server.Port = proxy.Port;
        await using var journal = await PostgresJournal.Open(new PostgresOptions(server.ConnectionString));

        await proxy.DisposeAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => journal.Read("stock/sku-1")); // The idle connection's loss is noticed.

        await Assert.ThrowsAsync<JournalRolledBackException>(() => journal.Append("stock/sku-1", 1, 1));
        await Assert.ThrowsAsync<JournalRolledBackException>(() => journal.Bump("stock/sku-1"));
    }

    [Fact]
    public async Task A_session_ended_by_an_administrator_leaves_its_group_unknown()
    {
        await using var blocker = await Blocker.Begin(_store, "INSERT INTO ledger_head VALUES ('cart/a', 1, 1)");
        var append = _journal.Append([Entry("cart/a", 0, 0)]);
        await Waiting(1);

        await PostgresCluster.Run(_store, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'");

        Assert.IsType<PostgresException>(await Record.ExceptionAsync(() => append));
        Assert.True(await _journal.Append("stock/sku-1", 1, 1));
    }

    [Fact]
    public async Task A_statement_that_takes_too_long_ends()
    {
        await using var impatient = await PostgresJournal.Open(new PostgresOptions(_store) { CommandTimeout = TimeSpan.FromSeconds(1) });
        await using var blocker = await Blocker.Begin(_store, "SELECT FROM ledger_head WHERE ledger = 'stock/sku-1' FOR UPDATE");

        await Assert.ThrowsAnyAsync<Exception>(() => impatient.Bump("stock/sku-1"));
        await blocker.DisposeAsync();

        Assert.Equal(new LedgerHead(2, 1), await impatient.Bump("stock/sku-1"));
    }

    [Fact]
    public async Task A_server_that_crashes_in_mid_append_comes_back_with_all_that_was_acknowledged()
    {
        var acknowledged = 1L;
        var crash = Task.CompletedTask;
        while (true)
        {
            try
            {
                Assert.True(await _journal.Append("stock/sku-1", 1, acknowledged));
                if (++acknowledged == 50) crash = cluster.Crash();
            }
            catch (Exception e) when (e is NpgsqlException)
            {
                break; // The group under way when the server died.
            }
        }
        await crash;

        var head = await Persist(() => _journal.Bump("stock/sku-1"));

        Assert.InRange(head.Seq, acknowledged, acknowledged + 1);
        Assert.Equal(Enumerable.Range(1, (int)head.Seq).Select(seq => (long)seq), await _journal.Seqs("stock/sku-1"));
        Assert.True(await _journal.Append("stock/sku-1", 2, head.Seq));
        Assert.True(await _journal.Append("stock/sku-2", 1, 1));
    }

    [Fact]
    public async Task A_head_that_somebody_has_locked_is_fenced_without_waiting_and_its_neighbours_are_not()
    {
        await using var blocker = await Blocker.Begin(_store, "SELECT FROM ledger_head WHERE ledger = 'stock/sku-1' FOR UPDATE");

        var answers = await _journal.Append([Entry("cart/a", 0, 0), Entry("stock/sku-1", 1, 1), Entry("stock/sku-2", 1, 1)]);

        Assert.Equal([true, false, true], answers);
        Assert.True(await _journal.Matches("stock/sku-1", 1, 1));
    }

    [Theory]
    [InlineData("VACUUM FULL ledger_head")]
    [InlineData("CLUSTER ledger_head USING ledger_head_pkey")]
    public async Task Heads_that_maintenance_put_elsewhere_are_found(string maintenance)
    {
        for (var seq = 1; seq < 5; seq++) Assert.True(await _journal.Append("stock/sku-2", 1, seq));
        Assert.True(await _journal.Append("stock/sku-1", 1, 1));

        await PostgresCluster.Run(_store, maintenance);

        Assert.True(await _journal.Matches("stock/sku-1", 1, 2));
        var answers = await _journal.Append([Entry("stock/sku-1", 1, 2), Entry("stock/sku-2", 1, 5)]);
        Assert.All(answers, Assert.True);
    }

    [Fact]
    public async Task A_bump_waits_for_the_commit_in_flight_and_a_read_after_it_sees_that()
    {
        var blocker = await Blocker.Begin(
            _store,
            "UPDATE ledger_head SET seq = 2 WHERE ledger = 'stock/sku-1'",
            "INSERT INTO ledger_event(ledger, seq, at, type, payload) VALUES ('stock/sku-1', 2, 'epoch', 1, '{}')");
        var bump = _journal.Bump(["stock/sku-2", "stock/sku-1"]);
        await Waiting(1);
        Assert.False(bump.IsCompleted);

        await blocker.Commit();

        var heads = await bump;
        Assert.Equal([new LedgerHead(2, 1), new LedgerHead(2, 2)], heads);
        Assert.Equal(2, (await _journal.Seqs("stock/sku-1")).Length);
    }

    [Fact]
    public async Task A_bump_waits_for_the_group_in_flight_that_makes_its_ledger()
    {
        var blocker = await Blocker.Begin(
            _store,
            "INSERT INTO ledger_head(ledger, epoch, seq) VALUES ('stock/sku-9', 1, 1)",
            "INSERT INTO ledger_event(ledger, seq, at, type, payload) VALUES ('stock/sku-9', 1, 'epoch', 1, '{}')");
        var bump = _journal.Bump("stock/sku-9");
        await Waiting(1);
        Assert.False(bump.IsCompleted);

        await blocker.Commit();

        Assert.Equal(new LedgerHead(2, 1), await bump);
    }

    /// <summary>Repeats what the pool's connections of before the crash make fail.</summary>
    private static async Task<T> Persist<T>(Func<Task<T>> call)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when (e is NpgsqlException or JournalRolledBackException && attempt < 20)
            {
            }
        }
    }

    /// <summary>Returns once that many sessions wait for a lock.</summary>
    private async Task Waiting(long sessions)
    {
        const string Count = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()";
        while (!sessions.Equals(await PostgresCluster.Run(_store, Count))) await Task.Yield();
    }

    /// <summary>Somebody else's transaction, kept open.</summary>
    private sealed class Blocker(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<Blocker> Begin(string store, params string[] statements)
        {
            var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(store) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            var transaction = await connection.BeginTransactionAsync();
            foreach (var sql in statements)
            {
                await using var command = new NpgsqlCommand(sql, connection);
                await command.ExecuteNonQueryAsync();
            }
            return new Blocker(connection, transaction);
        }

        public Task Commit() => transaction.CommitAsync();

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}
