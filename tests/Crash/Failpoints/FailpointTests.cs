using System.Net;
using System.Text.Json.Nodes;
using FlashSale.Crash.Tests.Crowd;

namespace FlashSale.Crash.Tests.Failpoints;

/// <summary>
/// kill -9 at a named point, one at a time. What was not heard is repeated with the same key to the product itself, started again on the same
/// data.
/// </summary>
public abstract class FailpointTests : CrashTest
{
    /// <summary>Of a configuration with two lines.</summary>
    public enum Moment
    {
        FirstLineSetAside,
        AllSetAside,
        FirstLineOnSale,
    }

    private const string Stock = "stock/sku-shoe", Cart = "cart/shopper-mei";

    private Task _purchase = Task.CompletedTask;

    [Fact]
    public async Task Killed_before_the_group_the_purchase_never_happened_and_is_made_by_its_repeat()
    {
        var shoppers = await Open();
        await KillMeisPurchase(shoppers, Point.BeforeGroup, Stock);

        Assert.Equal(0, await Held("mei"));
        await Repeat(shoppers);
        Assert.Equal(1, await Held("mei"));
    }

    [Fact]
    public async Task Killed_after_the_commit_and_before_the_reply_the_purchase_happened_once_and_its_repeat_is_told_so()
    {
        var shoppers = await Open();
        await KillMeisPurchase(shoppers, Point.AfterCommit, Stock);

        Assert.Equal((1, 0L), (await Held("mei"), await Store.Seq(Cart)));
        await Repeat(shoppers);
        Assert.Equal((1, 1L), (await Held("mei"), await Store.Seq(Cart)));
    }

    [Fact]
    public async Task Killed_between_stock_and_cart_the_hold_is_claimed_by_the_repeat()
    {
        var shoppers = await Open();
        await KillMeisPurchase(shoppers, Point.BeforeGroup, Cart);

        Assert.Equal((1, 0L), (await Held("mei"), await Store.Seq(Cart)));
        await Repeat(shoppers);
        Assert.Equal((1, 1L), (await Held("mei"), await Store.Seq(Cart)));
    }

    [Fact]
    [Trait("Tier", "Long")]
    public async Task Killed_between_claim_and_reply_the_repeat_is_told_the_first_answer()
    {
        var shoppers = await Open();
        await KillMeisPurchase(shoppers, Point.AfterCommit, Cart);

        Assert.Equal((1, 1L), (await Held("mei"), await Store.Seq(Cart)));
        await Repeat(shoppers);
        Assert.Equal((1, 1L), (await Held("mei"), await Store.Seq(Cart)));
    }

    [Fact]
    public async Task Killed_during_a_snapshot_nothing_is_lost()
    {
        var shoppers = await Open("--SnapshotEvery", "8");
        await Server.Process.Set(Point.Snapshot, Stock);
        await Task.WhenAll((await shoppers.Come(8)).Select(shoppers.Shop)); // All are promised theirs, then the snapshot is due.
        await Server.Process.Reached();
        await Server.Kill();

        Assert.Equal(0L, await Store.Run("SELECT count(*) FROM ledger_snapshot"));
        await Repeat(shoppers);
    }

    [Fact]
    public async Task Killed_during_a_replay_from_a_snapshot_the_next_start_replays_it_all()
    {
        var shoppers = await Open("--SnapshotEvery", "8");
        await Task.WhenAll((await shoppers.Come(8)).Select(shoppers.Shop));
        while (await Store.Run("SELECT count(*) FROM ledger_snapshot WHERE ledger LIKE 'stock/%'") is 0L) await Task.Yield();
        await Task.WhenAll((await shoppers.Come(6)).Select(shoppers.Shop));
        await Server.Kill();

        Server.Launch(start => start.WithFailpoints("--PageEvents", "2", "--Failpoint", $"{Point.Replay} {Stock} 2"));
        await Server.Process.Reached();
        await Server.Process.Kill();
        await Repeat(shoppers);
    }

    [Fact]
    public Task Killed_between_two_lines_of_a_configuration_it_is_carried_on_without_anybodys_help() => KeeperCarriesOn(Moment.FirstLineOnSale);

    [Theory]
    [Trait("Tier", "Long")]
    [InlineData(Moment.FirstLineSetAside)]
    [InlineData(Moment.AllSetAside)]
    public Task Killed_between_two_lines_of_a_configuration_it_is_carried_on_from_an_earlier_moment_too(Moment moment) => KeeperCarriesOn(moment);

    [Theory]
    [Trait("Tier", "Long")]
    [InlineData(Moment.FirstLineSetAside)]
    [InlineData(Moment.AllSetAside)]
    [InlineData(Moment.FirstLineOnSale)]
    public async Task Killed_between_two_lines_of_a_configuration_its_repeat_carries_it_on(Moment moment)
    {
        await KillConfiguration(moment);

        await Server.Start();
        var answer = await Api.Expect(Configure(Server.Api));
        await AssertConfigured(answer.Json!);
    }

    private async Task KeeperCarriesOn(Moment moment)
    {
        await KillConfiguration(moment);

        await Server.Start();
        var done = await Api.Eventually(() => Server.Api.Admin(HttpMethod.Get, "campaigns/drop"), a => a.Status == HttpStatusCode.OK && Units(a.Json!) == "bag 4, shoe 4");
        await AssertConfigured(done.Json!);
    }

    private async Task<Shoppers> Open(params string[] settings)
    {
        await Server.Start(start => start.WithFailpoints(settings));
        var shoppers = await Shoppers.OpenShop([Server.Door], units: 20);
        await shoppers.Shop(await shoppers.Come("li")); // Somebody who has heard a 201 before all this.
        return shoppers;
    }

    private async Task KillMeisPurchase(Shoppers shoppers, Point point, string ledger)
    {
        var mei = await shoppers.Come("mei");
        await Server.Process.Set(point, ledger);
        var purchase = shoppers.Shop(mei);
        await Server.Process.Reached();
        await Server.Kill();
        Assert.Null(mei.Promise);
        _purchase = purchase;
    }

    private async Task Repeat(Shoppers shoppers)
    {
        await Server.Start();
        await _purchase;
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    private async Task<int> Held(string shopper) =>
        Convert.ToInt32(await Store.Run($"SELECT count(*) FROM ledger_event WHERE ledger = '{Stock}' AND type = 5 AND CAST(payload AS text) LIKE '%\"{shopper}\"%'"));

    private async Task KillConfiguration(Moment moment)
    {
        await Server.Start(start => start.WithFailpoints());
        foreach (var sku in new[] { "bag", "shoe" }) await Server.Api.MakeSku(sku, 10);
        // The second group of the campaign says that all lines are set aside.
        if (moment == Moment.FirstLineSetAside) await Server.Process.Set(Point.BetweenLedgers, "stock/");
        else await Server.Process.Set(Point.BeforeGroup, "campaign/", nth: 2);
        var call = Configure(Server.Api);
        await Server.Process.Reached();
        if (moment == Moment.FirstLineOnSale)
        {
            await Server.Process.Set(Point.BetweenLedgers, "stock/");
            await Server.Process.Go();
            await Server.Process.Reached(nth: 2);
        }

        await Server.Kill();
        await Assert.ThrowsAsync<HttpRequestException>(() => call);
        Assert.Equal(moment == Moment.AllSetAside ? 0 : 1, Math.Abs(await Store.Seq(Stock) - await Store.Seq("stock/sku-bag")));
    }

    private static Task<Answer> Configure(Api api) =>
        api.PutCampaign("drop", opensAt: DateTimeOffset.UnixEpoch.AddYears(130), closesAt: DateTimeOffset.UnixEpoch.AddYears(130).AddDays(30), skus: [("bag", 4), ("shoe", 4)]);

    private async Task AssertConfigured(JsonNode campaign)
    {
        Assert.Equal("bag 4, shoe 4", Units(campaign));
        foreach (var name in new[] { "bag", "shoe" })
        {
            var sku = await Server.Api.Sku(name);
            Assert.Equal((10, 10), ((int)sku["received"]!, (int)sku["available"]!));
            Assert.Equal((6, 4), ((int)sku["pools"]!["general"]!["available"]!, (int)sku["pools"]!["drop"]!["available"]!));
        }

        await Store.AssertAuditHolds();
    }

    private static string Units(JsonNode campaign) => string.Join(", ", campaign["skus"]!.AsArray().Select(s => $"{s!["sku"]} {s["units"]}"));
}
