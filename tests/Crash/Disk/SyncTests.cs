using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Faults;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Disk;

/// <summary>Seen from the kernel: what a 201 says is on the disk before its first byte is sent.</summary>
public abstract class SyncTests : CrashTest
{
    private const int Crowd = 12;

    /// <summary>Processes that write the store's log, beside the product's own.</summary>
    private protected abstract IReadOnlyList<int> Writers { get; }

    /// <summary>Part of the log's path.</summary>
    private protected abstract string Log { get; }

    [FactWith(Tools.Strace)]
    public async Task Each_201_leaves_after_its_hold_and_its_claim_were_written_and_synced()
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], units: Crowd);
        var come = await shoppers.Come(Crowd);
        IReadOnlyList<string> report;
        await using (var strace = await Strace.Attach(
            Store.Directory, [Server.Process.Id, .. Writers], "-s", "65536", "-e", "trace=pwrite64,pwritev,write,fsync,fdatasync,sendto,sendmsg"))
        {
            foreach (var shopper in come[..(Crowd / 2)]) await shoppers.Shop(shopper);
            await Task.WhenAll(come[(Crowd / 2)..].Select(shoppers.Shop)); // Who shares a group shares its sync.
            report = await strace.Detach();
        }

        var calls = SystemCall.Parse(report);
        foreach (var shopper in come) AssertSynced(calls, shopper);
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    // The hold's id comes in the stock's event first; the cart's ledger has its shopper's name.
    private void AssertSynced(IReadOnlyList<SystemCall> calls, Shopper shopper)
    {
        var (hold, cart) = (shopper.Promise!.Id, $"cart/shopper-{shopper.Name}");
        var answer = Assert.Single(calls, c => c.Name is "sendto" or "sendmsg" && c.Says("HTTP/1.1 201") && c.Says(hold));
        foreach (var text in new[] { hold, cart })
        {
            var written = calls.FirstOrDefault(c => c.IsWrite && c.Says(Log) && c.Says(text));
            Assert.True(written is not null && written.Ended < answer.Began, $"{text} was not written before the answer");
            Assert.True(
                calls.Any(c => c.IsSync && c.Says(Log) && c.Began > written.Ended && c.Ended < answer.Began),
                $"{text} was not synced before the answer");
        }
    }
}

public sealed class SqliteSyncTests : SyncTests
{
    private protected override IReadOnlyList<int> Writers => [];

    private protected override string Log => ((SqliteStore)Store).Wal;

    private protected override Task<Store> NewStore() => Task.FromResult<Store>(new SqliteStore());
}

[Collection(PostgresTests.Name)]
public sealed class PostgresSyncTests(PostgresCluster cluster) : SyncTests
{
    private protected override IReadOnlyList<int> Writers => cluster.Processes;

    private protected override string Log => Path.Combine(cluster.Data, "pg_wal") + "/";

    private protected override async Task<Store> NewStore() => await PostgresStore.Create(cluster);
}
