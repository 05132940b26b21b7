using System.Net;
using FlashSale.Silo.Engine;
using FlashSale.Testing;

namespace FlashSale.Silo.Tests;

/// <summary>Two processes without a cluster on one PostgreSQL: safe, and neither takes from the other what it does not need.</summary>
[Collection(PostgresTests.Name)]
public sealed class TwoProcessesTests(PostgresCluster cluster) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private string[] _settings = [];
    private SiloProcess _first = null!;
    private SiloProcess _second = null!;
    private Api _one = null!;
    private Api _other = null!;

    public async Task InitializeAsync()
    {
        _settings =
        [
            "--ConnectionStrings:FlashSale", await cluster.NewSchema(), "--FlashSale:TokenKey", "token-key-of-both",
            "--FlashSale:ShopperRate:PermitsPerSecond", "100000", "--FlashSale:ShopperRate:Burst", "100000",
        ];
        _first = await SiloProcess.Start(_directory.Path, _settings);
        _second = await SiloProcess.Start(_directory.Path, _settings);
        (_one, _other) = (new Api(_first.Url), new Api(_second.Url));
    }

    public Task DisposeAsync()
    {
        foreach (var part in new IDisposable[] { _one, _other, _first, _second, _directory }) part.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_crowd_at_both_doors_empties_the_shelf_exactly()
    {
        await _one.MakeSku("shoe", 100);
        await Api.Expect(_one.PutCampaign("drop", skus: ("shoe", 100)));
        var answers = await Task.WhenAll(Enumerable.Range(0, 300).Select(async i =>
        {
            var token = await _one.Login($"shopper{i}");
            // Each begins at one door and goes on at the other.
            return await Api.Eventually(() => (i++ % 2 == 0 ? _one : _other).Hold(token, "drop", "shoe", "tap"), a => a.Code != "unavailable");
        }));

        Assert.Equal(100, answers.Count(a => a.Status == HttpStatusCode.Created));
        Assert.Equal(200, answers.Count(a => a.Code == "sold_out"));
        Assert.Equal(100, answers.Where(a => a.Status == HttpStatusCode.Created).Select(a => a.Id).Distinct().Count());
        foreach (var api in new[] { _one, _other })
        {
            var sku = await api.Sku("shoe");
            Assert.Equal((0, 100), ((int)sku["available"]!, (int)sku["held"]!));
        }

        await _other.AssertAuditHolds();
    }

    [Fact]
    public async Task Whoever_only_looks_and_refuses_takes_nothing_and_sees_what_the_other_did()
    {
        await _one.MakeSku("shoe", 2);
        await Api.Expect(_one.PutCampaign("drop", skus: ("shoe", 2)));
        var mei = await _one.Login("mei");
        var hold = await Api.Expect(_one.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);
        Assert.Equal("open", State(await _other.Campaign("drop")));
        await Api.Expect(_one.Hold(await _one.Login("li"), "drop", "shoe", "tap"), HttpStatusCode.Created);
        var (shoe, drop) = (await Epoch("stock/sku-shoe"), await Epoch("campaign/campaign-drop"));

        Assert.Equal(hold.Text, (await _other.Hold(mei, "drop", "shoe", "tap")).Text);
        Assert.Equal("held", (string)(await _other.GetHold(mei, hold.Id)).Json!["state"]!);
        Assert.Equal("sold_out", (await _other.Hold(await _other.Login("wang"), "drop", "shoe", "tap")).Code);
        Assert.Equal(2, (int)(await _other.Sku("shoe"))["held"]!);
        Assert.Equal(2, (int)(await _other.Admin(HttpMethod.Get, "campaigns/drop")).Json!["skus"]![0]!["held"]!);
        await Api.Eventually(() => _other.Campaign("drop"), c => State(c) == "soldOut");
        Assert.Equal((shoe, drop), (await Epoch("stock/sku-shoe"), await Epoch("campaign/campaign-drop")));

        await Api.Expect(_one.Admin(HttpMethod.Post, "campaigns/drop/freeze"));
        await Api.Eventually(() => _other.Campaign("drop"), c => State(c) == "frozen");
        await Api.Expect(_one.Release(mei, hold.Id), HttpStatusCode.NoContent);
        Assert.Equal("released", (string)(await _other.GetHold(mei, hold.Id)).Json!["state"]!);
        Assert.Equal((shoe, drop), (await Epoch("stock/sku-shoe"), await Epoch("campaign/campaign-drop")));
    }

    [Fact]
    public async Task An_old_copy_of_an_article_overwrites_nothing()
    {
        await _one.MakeSku("shoe", 1);
        Assert.Equal("shoe name", (string)(await _other.Sku("shoe"))["name"]!);
        await Api.Expect(Name(_one, "new name"));
        // Were the copy from before trusted, this would pass for a repetition.
        await Api.Expect(Name(_other, "shoe name"));
        await Api.Expect(Name(_one, "last name"));
        Assert.Equal("last name", (string)(await _one.Sku("shoe"))["name"]!);
        Assert.Equal("last name", (string)(await Api.Eventually(() => _other.Admin(HttpMethod.Get, "skus/shoe"), a => (string)a.Json!["name"]! != "shoe name")).Json!["name"]!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Holds_of_a_process_that_was_killed_are_ended_by_the_other(bool keeperIsKilled)
    {
        var (dying, living) = keeperIsKilled ? (_one, _other) : (_other, _one); // The first one up has the duty.
        await dying.MakeSku("shoe", 3);
        await Api.Expect(dying.PutCampaign("drop", holdSeconds: 3, skus: ("shoe", 3)));
        var mei = await dying.Login("mei");
        var hold = await Api.Expect(dying.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);
        await (keeperIsKilled ? _first : _second).Kill();
        // In a cluster the reader of the journal may have died, too: then it says "unavailable" for a moment.
        var ledger = await Api.Eventually(
            () => living.Admin(HttpMethod.Get, "skus/shoe/ledger"), a => a.Json!["events"]?.AsArray().Any(e => (string)e!["type"]! == "Expired") == true);
        var ended = ledger.Json!["events"]!.AsArray();
        var late = DateTimeOffset.Parse((string)ended[^1]!["at"]!) - DateTimeOffset.Parse((string)hold.Json!["expiresAt"]!);
        // The lease of a dead keeper runs on for up to 5 s, and a cluster takes up to 2 s to notice the death; after the fail-over there are 2 s.
        Assert.InRange(late, TimeSpan.Zero, TimeSpan.FromSeconds(keeperIsKilled ? 7 : GrainEngineHosting.Name.StartsWith("Orleans", StringComparison.Ordinal) ? 4 : 2));
        Assert.Equal(3, (int)(await living.Sku("shoe"))["available"]!);
        Assert.Equal("expired", (string)(await living.GetHold(mei, hold.Id)).Json!["state"]!);
    }

    private async Task<long> Epoch(string ledger) =>
        (long)(await PostgresCluster.Run(_settings[1], "SELECT epoch FROM ledger_head WHERE ledger = $1", ledger))!;

    private static string State(Answer campaign) => (string)campaign.Json!["state"]!;

    private static Task<Answer> Name(Api api, string name) =>
        api.Admin(HttpMethod.Put, "skus/shoe", $$$"""{"name":"{{{name}}}","price":{"amount":79900,"currency":"CNY"}}""");
}
