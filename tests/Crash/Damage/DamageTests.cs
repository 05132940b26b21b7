using System.Net;
using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Damage;

/// <summary>
/// Events that cannot be, written straight into the store's tables while the process serves. The one ledger is not served, and the log says why; all others
/// are; it is served again when it was put right.
/// </summary>
public abstract class DamageTests : CrashTest
{
    private const string Stock = "stock/sku-shoe";

    [Theory]
    [InlineData(99_999, "{}", "has type 99999, which this version does not know. Run the version that wrote it, or a newer one.")]
    [InlineData(5, "{\"hold\":7}", "(Held) cannot be read")]
    public async Task An_event_that_cannot_be_read(int type, string payload, string why)
    {
        var shoppers = await Open();
        var seq = await Store.Seq(Stock) + 1;
        await Store.Run($"""
            INSERT INTO ledger_event(ledger, seq, at, operation, type, payload)
            SELECT ledger, {seq}, at, NULL, {type}, '{payload}' FROM ledger_event WHERE ledger = '{Stock}' AND seq = 1
            """);
        await Store.Run($"UPDATE ledger_head SET seq = {seq} WHERE ledger = '{Stock}'");

        await AssertOnlyOneIsNotServed(shoppers, $"event {seq} {why}", repair: async () =>
        {
            await Store.Run($"DELETE FROM ledger_event WHERE ledger = '{Stock}' AND seq = {seq}");
            await Store.Run($"UPDATE ledger_head SET seq = {seq - 1} WHERE ledger = '{Stock}'");
        });
    }

    [Fact]
    [Trait("Tier", "Long")]
    public async Task An_event_that_is_missing()
    {
        var shoppers = await Open();
        var seq = await Store.Seq(Stock) + 1;
        await Store.Run($"UPDATE ledger_head SET seq = {seq} WHERE ledger = '{Stock}'");

        await AssertOnlyOneIsNotServed(shoppers, $"event {seq} is missing", repair: () => Store.Run($"UPDATE ledger_head SET seq = {seq - 1} WHERE ledger = '{Stock}'"));
    }

    private async Task<Shoppers> Open()
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], units: 20);
        await Task.WhenAll((await shoppers.Come(5, Intent.Keep, Intent.GiveBack)).Select(shoppers.Shop));
        await Server.Api.MakeSku("bag", 20);
        await Api.Expect(Server.Api.PutCampaign("bags", skus: ("bag", 20)));
        return shoppers;
    }

    private async Task AssertOnlyOneIsNotServed(Shoppers shoppers, string why, Func<Task> repair)
    {
        var li = await Server.Api.Login("li");
        foreach (var isRestarted in new[] { false, true })
        {
            if (isRestarted)
            {
                await Server.Kill();
                await Server.Start();
            }

            var told = await Api.Eventually(() => Server.Api.Hold(li, Shoppers.Campaign, Shoppers.Sku, "tap"), answer => Server.Process.Says(why) > 0);
            var view = await Server.Api.Admin(HttpMethod.Get, $"skus/{Shoppers.Sku}");
            foreach (var answer in new[] { told, view })
            {
                Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (answer.Status, answer.Code));
                Assert.Contains("damaged", (string)answer.Json!["detail"]!, StringComparison.Ordinal);
            }

            await Server.Process.Said($"Ledger {Stock} is quarantined; all others are served.");
            // A neighbour sells, to one who waits before the damaged shelf as well.
            await Api.Expect(Server.Api.Hold(li, "bags", "bag", "bag-1"), HttpStatusCode.Created);
            await Api.Expect(Server.Api.Send(HttpMethod.Get, "/health/ready"));
        }

        await repair();
        await Api.Eventually(() => Server.Api.Admin(HttpMethod.Get, $"skus/{Shoppers.Sku}"), answer => answer.Status == HttpStatusCode.OK);
        await shoppers.Shop(await shoppers.Come("mei"));
        await Verdict.Check(shoppers, Server.Api, Store);
    }
}

public sealed class SqliteDamageTests : DamageTests
{
    private protected override Task<Store> NewStore() => Task.FromResult<Store>(new SqliteStore());
}

[Collection(PostgresTests.Name)]
public sealed class PostgresDamageTests(PostgresCluster cluster) : DamageTests
{
    private protected override async Task<Store> NewStore() => await PostgresStore.Create(cluster);
}
