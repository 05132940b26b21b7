using FlashSale.Grains.Journal;
using Microsoft.Data.Sqlite;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>What the file in its directory promises beyond the contract: the lock, the settings, the start, its failures.</summary>
public sealed class SqliteJournalTests : IAsyncLifetime
{
    readonly TemporaryDirectory _directory = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _directory.Remove();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_directory_belongs_to_one_opener()
    {
        await using var journal = _directory.Open();

        AssertUnusable("in use by another process");
    }

    [Fact]
    public async Task A_closed_journal_gives_its_directory_back()
    {
        await _directory.Open().DisposeAsync();

        await using var journal = _directory.Open();
        Assert.True(await journal.Append("stock/sku-1", 0, 0));
    }

    [Fact]
    public async Task A_failed_start_gives_the_directory_back()
    {
        await File.WriteAllTextAsync(_directory.File, "this is not a database, and long enough to be read as one: " + new string('x', 4096));
        AssertUnusable("damaged or not a database");
        File.Delete(_directory.File);

        await _directory.Open().DisposeAsync();
    }

    [Fact]
    public async Task The_settings_that_make_a_commit_durable_are_read_back()
    {
        await using var journal = _directory.Open();

        Assert.Matches(@"^Sqlite 3\.\d+\.\d+ synchronous=FULL$", journal.Description);
    }

    [Fact]
    public async Task A_missing_directory_is_made()
    {
        var path = Path.Combine(_directory.Path, "a", "b");
        await SqliteJournal.Open(path, TimeProvider.System).DisposeAsync();

        Assert.True(File.Exists(Path.Combine(path, SqliteFile.FileName)));
    }

    [Fact]
    public void A_path_that_is_a_file_is_unusable()
    {
        var path = Path.Combine(_directory.Path, "file");
        File.WriteAllText(path, "");

        AssertOneLine(Assert.Throws<JournalUnusableException>(() => SqliteJournal.Open(path, TimeProvider.System)), "cannot be made");
    }

    [Fact]
    public async Task A_file_cut_off_in_the_middle_is_unusable()
    {
        await WriteSome();
        await using (var file = new FileStream(_directory.File, FileMode.Open)) file.SetLength(100);

        AssertUnusable("damaged");
    }

    [Fact]
    public async Task A_newer_schema_is_unusable()
    {
        await WriteSome();
        await _directory.Execute("UPDATE schema_version SET version = 2");

        AssertUnusable("newer FlashSale (schema 2, this one knows 1)");
    }

    [Theory]
    [InlineData("UPDATE schema_version SET version = 0", "schema 0")]
    [InlineData("DELETE FROM schema_version", "schema (none)")]
    [InlineData("DROP TABLE ledger_event", "lacks ledger_event.at, ledger_event.ledger")]
    [InlineData("ALTER TABLE ledger_event DROP COLUMN operation", "lacks ledger_event.operation")]
    [InlineData("DROP TABLE schema_version", "database of something else")]
    public async Task A_schema_that_is_not_whole_is_unusable(string damage, string expected)
    {
        await WriteSome();
        await _directory.Execute(damage);

        AssertUnusable(expected);
    }

    [Fact]
    public async Task Tables_of_the_operators_own_do_no_harm()
    {
        await WriteSome();
        await _directory.Execute("CREATE TABLE notes(text TEXT)");

        await _directory.Open().DisposeAsync();
    }

    [Theory]
    [InlineData(13, "is full: make room")]
    [InlineData(8, "cannot be written")]
    [InlineData(14, "cannot be written")]
    [InlineData(11, "damaged or not a database")]
    [InlineData(26, "damaged or not a database")]
    [InlineData(5, "locked by another program")]
    [InlineData(10, "disk")]
    public void Each_error_of_a_start_says_in_one_line_what_to_do(int code, string expected) =>
        AssertOneLine(SqliteFile.Unusable("/data/flashsale.db", new SqliteException("detail", code)), expected);

    [Fact]
    public async Task A_closed_journal_leaves_one_whole_file_and_its_lock()
    {
        await WriteSome();

        Assert.Equal(
            [SqliteFile.FileName, DirectoryLock.FileName],
            Directory.GetFiles(_directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_commit_that_fails_leaves_the_outcome_open_and_the_journal_working()
    {
        await using var journal = _directory.Open();
        await journal.Append("stock/sku-1", 0, 0);
        // A deferred foreign key is judged by the COMMIT: the only statement whose failure leaves the outcome open.
        await _directory.Execute(
            """
            CREATE TABLE parent(id INTEGER PRIMARY KEY);
            CREATE TABLE child(id INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED);
            CREATE TRIGGER sabotage AFTER INSERT ON ledger_event WHEN new.ledger = 'stock/sku-2' BEGIN INSERT INTO child VALUES (1); END;
            """);

        await Assert.ThrowsAsync<SqliteException>(() => journal.Append("stock/sku-2", 0, 0));

        Assert.True(await journal.Append("stock/sku-1", 1, 1));
        Assert.Equal(default, await journal.Head("stock/sku-2"));
        Assert.Equal(new LedgerHead(2, 2), await journal.Bump("stock/sku-1"));
    }

    [Fact]
    public async Task A_group_that_rolled_itself_back_leaves_the_journal_working()
    {
        await using var journal = _directory.Open();
        await _directory.Execute(
            "CREATE TRIGGER sabotage AFTER INSERT ON ledger_event WHEN new.seq > 1 BEGIN SELECT RAISE(ROLLBACK, 'as a full disk does'); END");

        await Assert.ThrowsAsync<JournalRolledBackException>(() => journal.Append("stock/sku-1", 0, 0, events: 2));

        Assert.True(await journal.Append("stock/sku-1", 0, 0));
    }

    [Fact]
    public async Task A_group_of_checks_writes_nothing()
    {
        await using var journal = _directory.Open();
        await journal.Append("stock/sku-1", 0, 0);
        var before = new FileInfo(_directory.File + "-wal").Length;

        for (var i = 0; i < 100; i++) Assert.True(await journal.Matches("stock/sku-1", 1, 1));

        Assert.Equal(before, new FileInfo(_directory.File + "-wal").Length);
    }

    [Fact]
    public async Task Checks_and_reads_go_on_while_an_operator_holds_the_write_lock()
    {
        await using var journal = _directory.Open();
        await journal.Append("stock/sku-1", 0, 0);
        await using var shell = new SqliteConnection($"Data Source={_directory.File};Pooling=False");
        await shell.OpenAsync();
        await using var transaction = shell.BeginTransaction(deferred: false);

        Assert.True(await journal.Matches("stock/sku-1", 1, 1));
        Assert.Equal(new LedgerHead(1, 1), await journal.Head("stock/sku-1"));
    }

    [Fact]
    public async Task An_audit_reads_beside_a_running_journal_and_cannot_write()
    {
        await using var journal = _directory.Open();
        await journal.Append("stock/sku-1", 0, 0, events: 3);

        await using var audit = SqliteJournal.OpenReadOnly(_directory.Path);

        Assert.Equal(3L, await Scalar(audit, "SELECT count(*) FROM ledger_event"));
        await Assert.ThrowsAsync<SqliteException>(() => Scalar(audit, "DELETE FROM ledger_event"));
    }

    [Fact]
    public async Task An_audit_reads_after_the_end_too()
    {
        await WriteSome();

        await using var audit = SqliteJournal.OpenReadOnly(_directory.Path);

        Assert.Equal(1L, await Scalar(audit, "SELECT count(*) FROM ledger_event"));
    }

    [Fact]
    public void An_audit_of_an_empty_directory_says_so() =>
        AssertOneLine(Assert.Throws<JournalUnusableException>(() => SqliteJournal.OpenReadOnly(_directory.Path)), "There is no");

    [Fact]
    public async Task Plain_sql_reads_an_event()
    {
        await using (var journal = _directory.Open())
            await journal.Append([new JournalEntry("stock/sku-1", 0, 0, [Event(1, """{"units":5}""", type: 7)])]);

        Assert.Equal(
            "stock/sku-1|1|2027-01-15 08:00:00|7|5",
            await _directory.Query(
                """
                SELECT ledger || '|' || seq || '|' || datetime(at / 1000, 'unixepoch') || '|' || type || '|' || (payload ->> 'units')
                FROM ledger_event
                """));
    }

    [Fact]
    public async Task A_restart_frees_the_leases_of_the_dead_process()
    {
        await using (var journal = _directory.Open()) await journal.TryLease("keeper", "a", TimeSpan.FromHours(1));

        await using var next = _directory.Open();
        Assert.True(await next.TryLease("keeper", "b", TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task The_clock_follows_the_monotonic_clock_and_not_the_wall_clock()
    {
        var time = new HandMovedTime();
        await using var journal = _directory.Open(time);
        var start = await journal.ReadClock();

        time.Wall = time.Wall.AddHours(-5);
        time.Ticks += TimeSpan.FromMilliseconds(1500.7).Ticks;

        Assert.Equal(start.AddMilliseconds(1500), await journal.ReadClock());
    }

    [Fact]
    public async Task A_lease_expires_by_the_stores_clock()
    {
        var time = new HandMovedTime();
        await using var journal = _directory.Open(time);
        await journal.TryLease("keeper", "a", TimeSpan.FromSeconds(10));

        time.Ticks += TimeSpan.FromSeconds(10).Ticks - TimeSpan.TicksPerMillisecond;
        Assert.False(await journal.TryLease("keeper", "b", TimeSpan.FromSeconds(10)));
        time.Ticks += TimeSpan.TicksPerMillisecond;
        Assert.True(await journal.TryLease("keeper", "b", TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task A_snapshot_leaves_no_chunk_of_another_behind()
    {
        await using var journal = _directory.Open();
        await journal.Append("stock/sku-1", 0, 0, events: 5);
        await journal.WriteSnapshot("stock/sku-1", new Snapshot(3, 1, new byte[3 * SqliteSnapshots.ChunkBytesMost + 1]));
        Assert.Equal(4L, await _directory.Query("SELECT count(*) FROM ledger_snapshot"));

        await journal.WriteSnapshot("stock/sku-1", new Snapshot(5, 1, new byte[1]));

        Assert.Equal(1L, await _directory.Query("SELECT count(*) FROM ledger_snapshot"));
    }

    async Task WriteSome()
    {
        await using var journal = _directory.Open();
        await journal.Append("stock/sku-1", 0, 0);
    }

    void AssertUnusable(string expected) => AssertOneLine(Assert.Throws<JournalUnusableException>(() => _directory.Open()), expected);

    static void AssertOneLine(JournalUnusableException e, string expected)
    {
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    static async Task<object?> Scalar(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
