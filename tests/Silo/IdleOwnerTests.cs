using System.Net;
using FlashSale.Contracts;
using Orleans;

namespace FlashSale.Silo.Tests;

/// <summary>Two processes without a cluster on one PostgreSQL, one of which once sold a SKU and has had nothing to do with it since.</summary>
[Collection(PostgresTests.Name)]
public sealed class IdleOwnerTests(PostgresCluster cluster) : IAsyncLifetime
{
    private Shop _idle = null!;
    private Shop _busy = null!;

    public async Task InitializeAsync()
    {
        string[] store = ["--ConnectionStrings:FlashSale", await cluster.NewSchema()];
        _idle = await Shop.Start(store, ["TokenKey=token-key-of-both"]);
        _busy = await Shop.Start(store, ["TokenKey=token-key-of-both"]);
    }

    public async Task DisposeAsync()
    {
        await _idle.DisposeAsync();
        await _busy.DisposeAsync();
    }

    [Fact]
    public async Task It_finds_the_holds_that_the_other_granted_when_it_is_asked_what_is_left_to_do()
    {
        await _idle.Api.MakeSku("shoe", 2);
        await Api.Expect(_idle.Api.PutCampaign("drop", skus: ("shoe", 2)));
        var mei = await _idle.Api.Login("mei");
        await _idle.Api.Release(mei, (await _idle.Api.Hold(mei, "drop", "shoe", "tap")).Id);
        await Api.Eventually(async () => await _busy.Api.Hold(await _busy.Api.Login("li"), "drop", "shoe", "tap"), a => a.Status == HttpStatusCode.Created);

        var tended = await Api.Eventually(() => Tend(_idle), reply => reply is not null);

        Assert.True(tended!.Busy);
    }

    // Null: it has found out that somebody else has the ledger now.
    private static async Task<TendReply?> Tend(Shop shop)
    {
        try
        {
            return await shop.Service<IGrainFactory>().Stock(new Sku("shoe")).Tend();
        }
        catch (LedgerUnavailableException)
        {
            return null;
        }
    }
}
