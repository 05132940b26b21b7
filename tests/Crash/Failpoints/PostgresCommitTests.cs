using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Stores;
using Npgsql;

namespace FlashSale.Crash.Tests.Failpoints;

/// <summary>
/// kill -9 after the statement of a group was sent and before it has committed. The server works on it, for it waits for a lock of the test's;
/// whether it commits then is not known to whoever starts next.
/// </summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresCommitTests(PostgresCluster cluster) : CrashTest
{
    private const string Stock = "stock/sku-shoe";
    private const string Waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";

    private string _schema = "";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_next_process_waits_for_the_dead_ones_statement_and_then_knows(bool commits)
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], units: 20);
        await shoppers.Shop(await shoppers.Come("li"));
        var mei = await shoppers.Come("mei");
        var before = await Store.Seq(Stock);

        // Not of a pool, which would keep the lock when the connection is closed.
        await using var blocker = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_schema) { Pooling = false }.ConnectionString);
        await blocker.OpenAsync();
        await Block(blocker);
        var purchase = shoppers.Shop(mei);
        await Until(Waiting, 1);
        await Server.Kill();

        // The next one reads what was committed before, decides, and waits to take the ledger from a statement that nobody listens to any more.
        await Server.Start();
        await Until(Waiting, 2);
        if (!commits)
        {
            await Store.Run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'");
            await Until(Waiting.Replace("wait_event_type = 'Lock'", "wait_event = 'advisory'", StringComparison.Ordinal), 1); // The next one's own.
        }

        await blocker.CloseAsync();
        await purchase;

        Assert.Equal(before + 1, await Store.Seq(Stock));
        Assert.Equal(2, Verdict.Count(await Verdict.Ledger(Server.Api, Shoppers.Sku), "Held"));
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    private protected override async Task<Store> NewStore()
    {
        _schema = await cluster.NewSchema();
        return new PostgresStore(_schema, _schema);
    }

    // Each event that is written waits for a lock that the test has.
    private async Task Block(NpgsqlConnection blocker)
    {
        await Store.Run("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END'");
        await Store.Run("CREATE TRIGGER wait BEFORE INSERT ON ledger_event FOR EACH ROW EXECUTE FUNCTION wait()");
        await using var block = new NpgsqlCommand("SELECT pg_advisory_lock(1)", blocker);
        await block.ExecuteNonQueryAsync();
    }

    private Task<object?> Until(string sql, long count) => Api.Eventually(() => Store.Run(sql), seen => seen is long found && found == count);
}
