using System.Net;
using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Faults;
using FlashSale.Crash.Tests.Stores;
using Npgsql;

namespace FlashSale.Crash.Tests.Disk;

/// <summary>
/// Writes to the store's files come to what they do on a full disk (ENOSPC), or on one that has become read-only (EROFS), in the middle of a sale.
/// strace answers them in the disk's place; everything above the kernel is real.
/// </summary>
public abstract class FullDiskTests : CrashTest
{
    private const int Crowd = 40;

    /// <summary>From now until it is disposed of, the store's log takes nothing.</summary>
    private protected abstract Task<IAsyncDisposable> Fail(string error);

    /// <summary>What an operator does once there is room again.</summary>
    private protected abstract Task Revive();

    /// <summary>The process waits, and goes on selling without a restart.</summary>
    private protected async Task SellThrough(string error)
    {
        var shoppers = await SellSome();
        Task late;
        await using (await Fail(error))
        {
            late = await ComeTooEarly(shoppers);
            await Readiness(HttpStatusCode.ServiceUnavailable);
            Assert.Equal(Crowd / 2, shoppers.All.Count(s => s.Promise is not null));
        }

        await Revive();
        await Readiness(HttpStatusCode.OK);
        await late;
        await Verdict.Check(shoppers, Server.Api, Store);

        await Server.Kill();
        await Server.Start();
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    /// <summary>The process is killed while nothing can be written; the next one has what was promised.</summary>
    private protected async Task RestartThrough(string error)
    {
        var shoppers = await SellSome();
        Task late;
        await using (await Fail(error))
        {
            late = await ComeTooEarly(shoppers);
            await Server.Kill();
        }

        await Revive();
        await Server.Start();
        await late;
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    private async Task<Shoppers> SellSome()
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], units: Crowd);
        await Task.WhenAll((await shoppers.Come(Crowd / 2, Intent.Keep, Intent.GiveBack)).Select(shoppers.Shop));
        return shoppers;
    }

    // They are told to repeat, and do until they are served.
    private async Task<Task> ComeTooEarly(Shoppers shoppers)
    {
        var late = await shoppers.Come(Crowd / 2);
        var crowd = Task.WhenAll(late.Select(shoppers.Shop));
        var told = await Api.Eventually(() => Server.Api.Hold(late[0].Token, Shoppers.Campaign, Shoppers.Sku, "tap"), a => a.Code is not null);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (told.Status, told.Code));
        Assert.NotNull(told.Header("Retry-After"));
        return crowd;
    }

    private Task<Answer> Readiness(HttpStatusCode status) => Api.Eventually(() => Server.Api.Send(HttpMethod.Get, "/health/ready"), answer => answer.Status == status);
}

public sealed class SqliteFullDiskTests : FullDiskTests
{
    [TheoryWith(Tools.Strace)]
    [InlineData("ENOSPC")]
    public Task It_sells_on_when_there_is_room_again(string error) => SellThrough(error);

    [TheoryWith(Tools.Strace)]
    [Trait("Tier", "Long")]
    [InlineData("EROFS")]
    public Task It_sells_on_when_the_disk_is_writable_again(string error) => SellThrough(error);

    [TheoryWith(Tools.Strace)]
    [Trait("Tier", "Long")]
    [InlineData("ENOSPC")]
    [InlineData("EROFS")]
    public Task The_next_process_has_every_promise(string error) => RestartThrough(error);

    private protected override async Task<IAsyncDisposable> Fail(string error)
    {
        var store = (SqliteStore)Store;
        return await Strace.Attach(store.Directory, [Server.Process.Id], Strace.Inject("pwrite64,ftruncate,fallocate", $"error={error}", store.Wal, store.File));
    }

    private protected override Task Revive() => Task.CompletedTask;

    private protected override Task<Store> NewStore() => Task.FromResult<Store>(new SqliteStore());
}

/// <summary>PostgreSQL cannot go on without its log: it stops itself, and its operator starts it again.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresFullDiskTests(PostgresCluster cluster) : FullDiskTests
{
    [TheoryWith(Tools.Strace)]
    [Trait("Tier", "Long")]
    [InlineData("ENOSPC")]
    [InlineData("EROFS")]
    public Task It_sells_on_when_the_log_can_be_written_again(string error) => SellThrough(error);

    [TheoryWith(Tools.Strace)]
    [Trait("Tier", "Long")]
    [InlineData("ENOSPC")]
    [InlineData("EROFS")]
    public Task The_next_process_has_every_promise(string error) => RestartThrough(error);

    [FactWith(Tools.Strace)]
    public async Task A_table_that_cannot_grow_costs_the_groups_that_need_room_and_nothing_else()
    {
        const int units = 300;
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], units);
        await shoppers.Come(units);
        var table = Path.Combine(cluster.Data, (string)(await Store.Run("SELECT pg_relation_filepath('ledger_event')"))!);
        Task crowd;
        await using (await Strace.Attach(Store.Directory, cluster.Processes, Strace.Inject("pwrite64,pwritev,fallocate", "error=ENOSPC", table)))
        {
            crowd = Task.WhenAll(shoppers.All.Select(shoppers.Shop));
            await Api.Eventually(() => Server.Api.Hold(shoppers.All[^1].Token, Shoppers.Campaign, Shoppers.Sku, "tap"), answer => answer.Code == "unavailable");
            Assert.False(crowd.IsCompleted);
        }

        await crowd;
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    private protected override async Task<IAsyncDisposable> Fail(string error)
    {
        // The file being written now, and those that would come after it.
        var current = (string)(await Store.Run("SELECT pg_walfile_name(pg_current_wal_lsn())"))!;
        var segment = Convert.ToInt32(current[16..], 16);
        var files = Enumerable.Range(segment, 4).Select(n => Path.Combine(cluster.Data, "pg_wal", $"{current[..16]}{n:X8}")).ToArray();
        return await Strace.Attach(Store.Directory, cluster.Processes, Strace.Inject("pwrite64,pwritev,fallocate", $"error={error}", files));
    }

    // It may be about to end, or to come back by itself, so one look is not enough.
    private protected override Task Revive() => Api.Eventually(
        async () =>
        {
            try
            {
                await cluster.Start();
                return await Store.Run("SELECT 1") is 1;
            }
            catch (Exception error) when (error is InvalidOperationException or NpgsqlException)
            {
                return false;
            }
        },
        answers => answers);

    private protected override async Task<Store> NewStore() => await PostgresStore.Create(cluster);
}
