using System.Net;

namespace FlashSale.Silo.Tests;

/// <summary>Purchases over HTTP, with every part real: gateway, grains, journal on disk. A class a store.</summary>
public abstract class PurchaseTests : IAsyncLifetime
{
    private Shop _shop = null!;
    private Api _api = null!;

    /// <summary>Settings that choose an empty store.</summary>
    private protected abstract Task<string[]> Store();

    public async Task InitializeAsync()
    {
        _shop = await Shop.Start(await Store(), []);
        _api = _shop.Api;
    }

    public async Task DisposeAsync() => await _shop.DisposeAsync();

    [Fact]
    public async Task A_crowd_empties_the_shelf_exactly_and_the_audit_proves_it()
    {
        await _api.MakeSku("shoe", 20);
        await Api.Expect(_api.PutCampaign("drop", skus: ("shoe", 20)));

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
            await _api.Hold(await _api.Login($"shopper{i}"), "drop", "shoe", "tap")));

        Assert.Equal(20, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.Equal(80, answers.Count(a => a.Code == "sold_out" && a.Json!["mayReturn"]!.GetValue<bool>()));
        var sku = await _api.Sku("shoe");
        Assert.Equal((0, 20, 20), ((int)sku["available"]!, (int)sku["held"]!, (int)sku["received"]!));
        Assert.Equal("soldOut", (await Api.Eventually(() => _api.Campaign("drop"), c => (string)c.Json!["state"]! == "soldOut")).Json!["state"]!.GetValue<string>());
        await _api.AssertAuditHolds();
    }

    [Fact]
    public async Task Repeat_gets_the_first_answer_verbatim_after_release_sell_out_and_close()
    {
        await _api.MakeSku("shoe", 1);
        await _api.PutCampaign("drop", skus: ("shoe", 1));
        var (mei, li) = (await _api.Login("mei"), await _api.Login("li"));
        var first = await Api.Expect(_api.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);

        Assert.Equal(first.Text, (await _api.Hold(mei, "drop", "shoe", "tap")).Text);
        Assert.Equal("sold_out", (await _api.Hold(li, "drop", "shoe", "tap")).Code);
        Assert.Equal(HttpStatusCode.NoContent, (await _api.Release(mei, first.Id)).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await _api.Release(mei, first.Id)).Status);
        Assert.Equal("released", (await _api.GetHold(mei, first.Id)).Json!["state"]!.GetValue<string>());
        Assert.Equal(first.Text, (await _api.Hold(mei, "drop", "shoe", "tap")).Text);
        await Api.Expect(_api.Admin(HttpMethod.Post, "campaigns/drop/close"));
        Assert.Equal(first.Text, (await _api.Hold(mei, "drop", "shoe", "tap")).Text);
        Assert.Equal("closed", (await _api.Hold(mei, "drop", "shoe", "new tap")).Code);
        await _api.AssertAuditHolds();
    }

    [Fact]
    public async Task Limit_holds_over_all_skus_and_a_refused_claim_gives_its_units_back()
    {
        await _api.MakeSku("shoe", 5);
        await _api.MakeSku("bag", 5);
        await _api.PutCampaign("drop", limit: 2, skus: [("shoe", 5), ("bag", 5)]);
        var mei = await _api.Login("mei");
        await Api.Expect(_api.Hold(mei, "drop", "shoe", "one", quantity: 2), HttpStatusCode.Created);
        Assert.Equal("idempotency_mismatch", (await _api.Hold(mei, "drop", "bag", "one")).Code);

        var refused = await _api.Hold(mei, "drop", "bag", "two");
        Assert.Equal(("limit_reached", 2, 2), (refused.Code, (int)refused.Json!["limit"]!, (int)refused.Json["owned"]!));
        Assert.Equal(5, (int)(await _api.Sku("bag"))["available"]!);
        await _api.AssertAuditHolds();
    }

    [Fact]
    public async Task Releasing_makes_room_under_the_limit()
    {
        await _api.MakeSku("shoe", 5);
        await _api.PutCampaign("drop", skus: ("shoe", 5));
        var mei = await _api.Login("mei");
        var hold = await _api.Hold(mei, "drop", "shoe", "one");
        Assert.Equal("limit_reached", (await _api.Hold(mei, "drop", "shoe", "two")).Code);
        await _api.Release(mei, hold.Id);
        Assert.Equal(HttpStatusCode.Created, (await _api.Hold(mei, "drop", "shoe", "two")).Status);
    }

    [Fact]
    public async Task Holds_expire_by_themselves_and_their_units_are_sold_again()
    {
        await _api.MakeSku("shoe", 1);
        await _api.PutCampaign("drop", holdSeconds: 1, skus: ("shoe", 1));
        var (mei, li) = (await _api.Login("mei"), await _api.Login("li"));
        var hold = await Api.Expect(_api.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);
        var ended = await Api.Eventually(() => _api.Ledger("shoe"), l => l.Any(e => (string)e!["type"]! == "Expired"));
        var late = DateTimeOffset.Parse((string)ended[^1]!["at"]!) - DateTimeOffset.Parse((string)hold.Json!["expiresAt"]!);
        Assert.InRange(late, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal("expired", (await _api.GetHold(mei, hold.Id)).Json!["state"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.Created, (await _api.Hold(li, "drop", "shoe", "tap")).Status);
    }

    [Fact]
    public async Task Freezing_stops_new_holds_and_closing_returns_unsold_units()
    {
        await _api.MakeSku("shoe", 3);
        await _api.PutCampaign("drop", skus: ("shoe", 2));
        var (mei, li) = (await _api.Login("mei"), await _api.Login("li"));
        var hold = await _api.Hold(mei, "drop", "shoe", "tap");
        Assert.Equal("frozen", (await _api.Admin(HttpMethod.Post, "campaigns/drop/freeze")).Json!["state"]!.GetValue<string>());
        Assert.Equal("frozen", (await _api.Hold(li, "drop", "shoe", "tap")).Code);
        await Api.Expect(_api.Admin(HttpMethod.Post, "campaigns/drop/resume"));
        await Api.Expect(_api.Admin(HttpMethod.Post, "campaigns/drop/close"));
        Assert.Equal(2, (int)(await _api.Sku("shoe"))["pools"]!["general"]!["available"]!);
        await _api.Release(mei, hold.Id);
        Assert.Equal(3, (int)(await _api.Sku("shoe"))["pools"]!["general"]!["available"]!);
        Assert.Equal("conflict", (await _api.Admin(HttpMethod.Post, "campaigns/drop/freeze")).Code);
        await _api.AssertAuditHolds();
    }

    [Fact]
    public async Task What_an_operator_changed_shows_in_the_next_look()
    {
        await _api.MakeSku("shoe", 2);
        Assert.Equal(0, await Listed());
        var opensAt = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await Api.Expect(_api.PutCampaign("drop", opensAt: opensAt, skus: ("shoe", 2)));
        Assert.Equal((1, 79900), (await Listed(), await Price()));

        await Api.Expect(_api.Admin(HttpMethod.Put, "skus/shoe", """{"name":"Shoe","price":{"amount":89900,"currency":"CNY"}}"""));
        await Api.Expect(_api.PutCampaign("drop", opensAt: opensAt, skus: ("shoe", 2)));
        Assert.Equal(89900, await Price());
        foreach (var (action, state) in new[] { ("freeze", "frozen"), ("resume", "open"), ("close", "closed") })
        {
            await Api.Expect(_api.Admin(HttpMethod.Post, $"campaigns/drop/{action}"));
            Assert.Equal(state, (string)(await _api.Campaign("drop")).Json!["state"]!);
        }

        Assert.Equal(0, await Listed());

        async Task<int> Listed() => (await _api.Send(HttpMethod.Get, "/v1/campaigns")).Json!["campaigns"]!.AsArray().Count;
        async Task<int> Price() => (int)(await _api.Campaign("drop")).Json!["skus"]![0]!["price"]!["amount"]!;
    }

    [Fact]
    public async Task Configuration_that_one_sku_cannot_take_changes_none()
    {
        await _api.MakeSku("shoe", 5);
        await _api.MakeSku("bag", 5);
        var refused = await _api.PutCampaign("drop", skus: [("shoe", 5), ("bag", 6)]);
        Assert.Equal("conflict", refused.Code);
        Assert.Contains("bag", (string)refused.Json!["detail"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await _api.Campaign("drop")).Status);
        Assert.Equal(5, (int)(await _api.Sku("shoe"))["pools"]!["general"]!["available"]!);

        await Api.Expect(_api.PutCampaign("drop", skus: [("shoe", 5), ("bag", 5)]));
        var mei = await _api.Login("mei");
        await Api.Expect(_api.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);
        Assert.Equal("conflict", (await _api.PutCampaign("drop", skus: [("shoe", 0), ("bag", 5)])).Code);
        Assert.Equal("conflict", (await _api.PutCampaign("drop", skus: ("bag", 5))).Code);
        Assert.Equal(4, (int)(await _api.Sku("shoe"))["pools"]!["drop"]!["available"]!);
        await _api.AssertAuditHolds();
    }

    [Fact]
    public async Task Campaign_opens_when_its_time_has_come()
    {
        await _api.MakeSku("shoe", 1);
        var opensAt = TimeProvider.System.GetUtcNow().AddSeconds(2);
        await _api.PutCampaign("drop", opensAt: opensAt, skus: ("shoe", 1));
        var mei = await _api.Login("mei");
        var early = await _api.Hold(mei, "drop", "shoe", "tap");
        Assert.Equal(("not_open", Api.Time(opensAt)), (early.Code, (string)early.Json!["opensAt"]!));
        Assert.Equal("scheduled", (string)(await _api.Campaign("drop")).Json!["state"]!);
        var got = await Api.Eventually(() => _api.Hold(mei, "drop", "shoe", "tap"), a => a.Code != "not_open");
        Assert.Equal(HttpStatusCode.Created, got.Status);
    }
}
