using FlashSale.Grains.Audit;
using FlashSale.Grains.Journal;
using FlashSale.Testing;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>The audit reads PostgreSQL as it reads SQLite; what it finds is specified on SQLite.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresAuditTests(PostgresCluster cluster) : IAsyncLifetime
{
    private readonly AuditJournal _rows = new();
    private string _store = "";
    private PostgresJournal _journal = null!;

    public async Task InitializeAsync()
    {
        _store = await cluster.NewSchema();
        _journal = await PostgresJournal.Open(new PostgresOptions(_store));
        AuditOfTrueJournalsTests.WriteDrop(_rows);
        Assert.All(await _journal.Append(_rows.Entries), Assert.True);
    }

    public async Task DisposeAsync()
    {
        _rows.Dispose();
        await _journal.DisposeAsync();
    }

    [Fact]
    public async Task Both_stores_are_reported_alike()
    {
        var report = await new PostgresAuditor(_store).Run();

        report.AllHold();
        Assert.Equal((await _rows.Audit()).Promises.Select(p => p.ToString()), report.Promises.Select(p => p.ToString()));
    }

    [Theory]
    [InlineData("DELETE FROM ledger_event WHERE ledger = 'stock/sku-a' AND seq = 5", "P8")]
    [InlineData("UPDATE ledger_head SET seq = seq + 1 WHERE ledger = 'stock/sku-b'", "P2")]
    [InlineData("DELETE FROM ledger_head WHERE ledger = 'stock/sku-b'", "P2")]
    [InlineData("INSERT INTO ledger_snapshot VALUES ('stock/sku-a', 999, 0, 1, 1, '')", "P2")]
    [InlineData("""UPDATE ledger_event SET payload = '{"quantity":"many \u0000"}' WHERE ledger = 'stock/sku-a' AND type = 2""", "P8")]
    [InlineData("UPDATE ledger_event SET operation = 'x' WHERE ledger = 'stock/sku-a' AND type = 2", "P8")]
    public async Task What_was_spoiled_is_found(string damage, string promise)
    {
        await PostgresCluster.Run(_store, damage);

        Assert.False((await new PostgresAuditor(_store).Run()).Promise(promise).Holds);
    }

    [Fact]
    public async Task What_is_written_meanwhile_is_not_judged()
    {
        var before = await new PostgresAuditor(_store).Run();
        var after = new JournalAudit(new RowsWrittenMeanwhile(new PostgresJournalRows(_store), _journal), now: null, TimeSpan.FromSeconds(3)).Run();
        foreach (var (expected, actual) in before.Promises.Zip(after.Promises)) Assert.Equal(expected.Detail, actual.Detail);
    }

    [Fact]
    public void A_database_without_a_journal_is_unusable() => Assert.Contains(
        "holds tables of something else",
        Assert.Throws<JournalUnusableException>(() => new PostgresJournalRows(_store + ";Search Path=public")).Message,
        StringComparison.Ordinal);
}
