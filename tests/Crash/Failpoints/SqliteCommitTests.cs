using System.Net;
using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Faults;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Failpoints;

/// <summary>kill -9 inside SQLite's commit, at a chosen system call on the write-ahead log: strace delivers the signal as the call begins.</summary>
public sealed class SqliteCommitTests : CrashTest
{
    private const string Stock = "stock/sku-shoe", Writes = "pwrite64", Syncs = "fdatasync,fsync";

    private long _before, _after; // Events of the ledger.

    [FactWith(Tools.Strace)]
    [Trait("Tier", "Long")]
    public async Task Killed_at_the_first_write_of_a_commit_nothing_happened()
    {
        Assert.True(await KilledAt(Writes, nth: 1));
        Assert.Equal(_before, _after);
    }

    [FactWith(Tools.Strace)]
    public async Task Killed_when_all_is_written_and_the_sync_begins_the_purchase_happened_once()
    {
        Assert.True(await KilledAt(Syncs, nth: 1));
        Assert.Equal(_before + 1, _after);
    }

    [FactWith(Tools.Strace)]
    [Trait("Tier", "Long")]
    public async Task Killed_at_any_write_of_a_commit_the_purchase_happened_wholly_or_not_at_all()
    {
        var nth = 1;
        while (await KilledAt(Writes, nth))
        {
            Assert.InRange(_after - _before, 0, 1);
            nth++;
            await DisposeAsync();
            await InitializeAsync();
        }

        Assert.True(nth > 2, "a commit is more than one write");
    }

    private protected override Task<Store> NewStore() => Task.FromResult<Store>(new SqliteStore());

    /// <returns>False: the commit has fewer such calls, so the process lived.</returns>
    private async Task<bool> KilledAt(string calls, int nth)
    {
        await Server.Start(start => start.WithFailpoints());
        var shoppers = await Shoppers.OpenShop([Server.Door], units: 20);
        await shoppers.Shop(await shoppers.Come("li"));
        var mei = await shoppers.Come("mei");
        _before = await Store.Seq(Stock);
        await Server.Process.Set(Point.BeforeGroup, Stock);
        var purchase = shoppers.Shop(mei);
        await Server.Process.Reached(); // From now on the journal does nothing else, so the calls that come are those of this commit.
        var wal = ((SqliteStore)Store).Wal;
        bool killed;
        await using (await Strace.Attach(Store.Directory, [Server.Process.Id], Strace.Inject(calls, $"signal=SIGKILL:when={nth}", wal)))
        {
            // The next group, the claim's, stops the process where this one left it alone.
            await Server.Process.Set(Point.BeforeGroup, "cart/");
            await Server.Process.Go();
            killed = await Task.WhenAny(Server.Process.Exit(), Server.Process.Reached(nth: 2)) is Task<int>;
        }

        Server.Door.Close();
        await Server.Process.Kill();
        _after = await Store.Seq(Stock);
        Assert.Null(mei.Promise);
        await Server.Start();
        await purchase;
        await Verdict.Check(shoppers, Server.Api, Store);
        return killed;
    }
}
