using System.Net;
using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Failpoints;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Load;

/// <summary>A process that is stopped (SIGSTOP) while another one on the same PostgreSQL takes over, and then goes on as if nothing had been.</summary>
[Collection(PostgresTests.Name)]
public sealed class SleeperTests(PostgresCluster cluster) : CrashTest
{
    private Server _other = null!;

    public override async Task DisposeAsync()
    {
        _other.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    [Trait("Tier", "Long")]
    public async Task It_promises_no_unit_that_the_other_sold_meanwhile()
    {
        var shoppers = await Open(units: 2);
        await shoppers.Shop(await shoppers.Come("mei")); // The sleeper owns the stock, with one unit left.
        var li = await Login("li");

        await Server.Process.Signal("STOP");
        var asked = Server.Api.Hold(li, Shoppers.Campaign, Shoppers.Sku, "tap");
        await Api.Expect(_other.Api.Hold(await Login("wang"), Shoppers.Campaign, Shoppers.Sku, "tap"), HttpStatusCode.Created);
        await Server.Process.Signal("CONT");

        Assert.Equal("sold_out", (await Known(asked, li)).Code);
        await Store.AssertAuditHolds();
    }

    [Fact]
    public async Task It_refuses_no_unit_that_came_back_meanwhile()
    {
        var shoppers = await Open(units: 1);
        var mei = await shoppers.Come("mei");
        await shoppers.Shop(mei);
        var li = await Login("li");
        Assert.Equal("sold_out", (await Server.Api.Hold(li, Shoppers.Campaign, Shoppers.Sku, "tap")).Code);

        await Server.Process.Signal("STOP");
        var asked = Server.Api.Hold(li, Shoppers.Campaign, Shoppers.Sku, "tap");
        var repeated = Server.Api.Hold(mei.Token, Shoppers.Campaign, Shoppers.Sku, "tap");
        await Api.Expect(_other.Api.Release(mei.Token, mei.Promise!.Id), HttpStatusCode.NoContent);
        await Server.Process.Signal("CONT");

        Assert.Equal(HttpStatusCode.Created, (await Known(asked, li)).Status);
        Assert.Equal(mei.Promise.Text, (await Known(repeated, mei.Token)).Text);
        Assert.Equal("released", (string?)(await Server.Api.GetHold(mei.Token, mei.Promise.Id)).Json!["state"]);
        await Store.AssertAuditHolds();
    }

    [Fact]
    public async Task Stopped_with_a_decided_group_in_its_hands_it_writes_nothing_and_decides_anew()
    {
        var shoppers = await Open(units: 2);
        await shoppers.Shop(await shoppers.Come("mei"));
        var li = await Login("li");
        await Server.Process.Set(Point.BeforeGroup, "stock/");

        var asked = Server.Api.Hold(li, Shoppers.Campaign, Shoppers.Sku, "tap");
        await Server.Process.Reached();
        await Server.Process.Signal("STOP");
        await Api.Expect(_other.Api.Hold(await Login("wang"), Shoppers.Campaign, Shoppers.Sku, "tap"), HttpStatusCode.Created);
        await Server.Process.Go();
        await Server.Process.Signal("CONT");

        Assert.Equal("sold_out", (await Known(asked, li)).Code);
        Assert.Equal(2, Verdict.Count(await Verdict.Ledger(_other.Api, Shoppers.Sku), "Held"));
        await Store.AssertAuditHolds();
    }

    [Fact]
    [Trait("Tier", "Long")]
    public async Task Stopped_in_a_drop_for_longer_than_any_time_out_it_says_nothing_that_is_not_so()
    {
        const int units = 400;
        // Longer than a statement (10 s), a lease (5 s), a dead client's locks (25 s) and a request (45 s) may last.
        var shoppers = await Open(units, holdSeconds: 50);
        await shoppers.Come(units * 3);
        var crowd = Task.WhenAll(shoppers.All.Select(shoppers.Shop));
        await shoppers.Hear(units / 4, before: crowd);
        await Server.Process.Signal("STOP");

        // The holds that the sleeper granted end although nobody asks for them: that is the other's work, and it is the clock of this test.
        var first = shoppers.All.First(s => s.Promise is not null);
        await Api.Eventually(() => _other.Api.GetHold(first.Token, first.Promise!.Id), answer => (string?)answer.Json?["state"] == "expired");
        await Server.Process.Signal("CONT");

        await crowd;
        var ledger = await Verdict.Ledger(_other.Api, Shoppers.Sku);
        var held = ledger.Where(e => (string)e["type"]! == "Held").Select(e => (string)e["payload"]!["hold"]!).ToHashSet();
        Assert.All(shoppers.All.Where(s => s.Promise is not null), s => Assert.Contains(s.Promise!.Id, held));
        Assert.True(Verdict.Count(ledger, "Held") - Verdict.Count(ledger, "Expired") is >= 0 and <= units);
        foreach (var api in new[] { Server.Api, _other.Api })
        {
            var shopper = shoppers.All.Last(s => s.Promise is not null);
            Assert.Equal(shopper.Promise!.Text, (await Known(api.Hold(shopper.Token, Shoppers.Campaign, Shoppers.Sku, "tap"), shopper.Token)).Text);
            await api.AssertAuditHolds();
        }

        await Store.AssertAuditHolds();
    }

    private protected override async Task<Store> NewStore()
    {
        var store = await PostgresStore.Create(cluster);
        _other = new Server(store);
        return store;
    }

    private async Task<Shoppers> Open(int units, int holdSeconds = 3600)
    {
        await Task.WhenAll(Server.Start(start => start.WithFailpoints()), _other.Start());
        return await Shoppers.OpenShop([Server.Door, _other.Door], units, holdSeconds);
    }

    private Task<string> Login(string name) => _other.Api.Login(name);

    // What is not known is asked again, where the doubt is.
    private async Task<Answer> Known(Task<Answer> asked, string token)
    {
        var answer = await asked;
        return answer.Code == "unavailable"
            ? await Api.Eventually(() => Server.Api.Hold(token, Shoppers.Campaign, Shoppers.Sku, "tap"), a => a.Code != "unavailable")
            : answer;
    }
}
