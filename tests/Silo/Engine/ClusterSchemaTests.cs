using FlashSale.Grains.Journal;
using FlashSale.Silo.Engine;
using FlashSale.Testing;

namespace FlashSale.Silo.Tests.Engine;

/// <summary>What a start finds, makes and refuses in the database of a cluster.</summary>
[Collection(PostgresTests.Name)]
public sealed class ClusterSchemaTests(PostgresCluster cluster) : IAsyncLifetime
{
    private string _store = "";

    public async Task InitializeAsync() => _store = await cluster.NewSchema();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Processes_that_start_at_once_make_the_tables_once()
    {
        var sources = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ClusterSchema.Open(_store)));

        Assert.Equal(1L, await PostgresCluster.Run(_store, "SELECT count(*) FROM cluster_schema"));
        Assert.Equal(ClusterSchema.Version, await PostgresCluster.Run(_store, "SELECT version FROM cluster_schema"));
        foreach (var source in sources) await source.DisposeAsync();
    }

    [Fact]
    public async Task Tables_of_the_journal_and_of_others_do_no_harm()
    {
        await PostgresCluster.Run(_store, "CREATE TABLE cluster(a int)");
        await (await PostgresJournal.Open(new PostgresOptions(_store))).DisposeAsync();

        await (await ClusterSchema.Open(_store)).DisposeAsync();
        await (await PostgresJournal.Open(new PostgresOptions(_store))).DisposeAsync();
    }

    [Theory]
    [InlineData("UPDATE cluster_schema SET version = 2", "by a newer FlashSale (schema 2, this one knows 1): start that version.")]
    [InlineData("UPDATE cluster_schema SET version = 0", "has cluster schema 0, not 1: stop all silos and drop")]
    [InlineData("DELETE FROM cluster_schema", "has cluster schema (none), not 1")]
    [InlineData("DROP TABLE cluster_schema", "serves another Orleans application: choose another database or schema.")]
    [InlineData("DROP TABLE OrleansQuery", "lacks CleanupDefunctSiloEntriesKey, ClearStorageKey")]
    [InlineData("DELETE FROM OrleansQuery WHERE QueryKey = 'GatewaysQueryKey'", "lacks GatewaysQueryKey: stop all silos and drop")]
    [InlineData("ALTER TABLE cluster_member DROP COLUMN suspect_times", "lacks cluster_member.suspect_times text")]
    public async Task A_schema_that_is_not_whole_is_unusable(string damage, string expected)
    {
        await (await ClusterSchema.Open(_store)).DisposeAsync();
        await PostgresCluster.Run(_store, damage);

        await AssertUnusable(expected);
    }

    [Fact]
    public async Task The_tables_of_another_Orleans_application_are_left_alone()
    {
        await PostgresCluster.Run(_store, "CREATE TABLE OrleansQuery(QueryKey varchar(64) PRIMARY KEY, QueryText varchar(8000))");

        await AssertUnusable("serves another Orleans application");
        Assert.Equal(0L, await PostgresCluster.Run(_store, "SELECT count(*) FROM OrleansQuery"));
    }

    private async Task AssertUnusable(string expected)
    {
        var e = await Assert.ThrowsAsync<JournalUnusableException>(() => ClusterSchema.Open(_store));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }
}
