using System.Net;
using FlashSale.Contracts;

namespace FlashSale.Silo.Tests.BadInput;

/// <summary>Bad input for every call: each is answered as the contract says, and nothing happens.</summary>
public sealed class BadInputTests(BadInputShop fixture) : IClassFixture<BadInputShop>
{
    private static readonly IReadOnlyList<BadCase> All = [.. BadBodies.All(), .. BadHeads.All()];

    [Fact]
    public async Task Every_row_is_answered_as_the_table_says_and_then_nothing_has_changed_and_the_server_still_sells()
    {
        var shop = fixture.Shop;
        var wrong = new List<string>();
        foreach (var row in All)
        {
            var answer = await Send(row);
            if ((answer.Status, answer.Code) != (row.Status, row.Code) || !IsWhole(row, answer)) wrong.Add($"{row}: {answer.Status} {answer.Code} instead of {row.Status} {row.Code}. {answer.Body}");
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {All.Count} rows:\n{string.Join('\n', wrong)}");
        Assert.Equal(fixture.Untouched, await shop.Ledgers());
        Assert.Empty(shop.Bugs.Errors);

        var token = await shop.Api.Login("wang");
        var held = await Api.Expect(shop.Api.Hold(token, "drop", "bag", "tap"), HttpStatusCode.Created);
        await Api.Expect(shop.Api.Release(token, held.Id), HttpStatusCode.NoContent);
        await shop.Api.AssertAuditHolds();
    }

    [Fact]
    public void Rows_are_for_every_call()
    {
        Assert.Empty(Gateway.OpenApi.ApiCall.All.Select(c => $"{c.Method} {c.Path}").Except(All.Select(row => row.Call)));
        Assert.Equal(All.Count, All.Select(row => row.ToString()).Distinct().Count());
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z", "0001-12-31T00:00:00Z", "closed")]
    [InlineData("9999-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "not_open")]
    public async Task Windows_at_the_ends_of_time_are_judged_as_any_other(string opensAt, string closesAt, string code)
    {
        await using var shop = await Shop.Start();
        await shop.Api.MakeSku("shoe", 1);
        await Api.Expect(shop.Api.PutCampaign("drop", opensAt: DateTimeOffset.Parse(opensAt), closesAt: DateTimeOffset.Parse(closesAt), skus: ("shoe", 1)));
        Assert.Equal(code, (await shop.Api.Hold(await shop.Api.Login("mei"), "drop", "shoe", "tap")).Code);
        await shop.Service<Orleans.IGrainFactory>().Campaign(new CampaignId("drop")).Tend();
        Assert.Empty(shop.Bugs.Errors);
    }

    /// <summary>What is harmful elsewhere is a text here.</summary>
    [Fact]
    public async Task Sql_and_script_in_texts_are_kept_as_they_are()
    {
        // As it stands in a JSON text; the last three are escapes of a right-to-left override and of a shoe.
        const string nasty = """Robert'); DROP TABLE ledger_event; --<script>alert(1)</script>{{7*7}}${jndi:ldap://x}%s%n\\..//👟\u202e\ud83d\udc5f""";
        var text = (string)System.Text.Json.Nodes.JsonNode.Parse('"' + nasty + '"')!;
        await using var shop = await Shop.Start();
        var named = await Api.Expect(shop.Api.Admin(HttpMethod.Put, "skus/shoe", $$$"""{"name":"{{{nasty}}}","price":{"amount":1,"currency":"CNY"}}"""));
        Assert.Equal(text, (string)named.Json!["name"]!);
        await Api.Expect(shop.Api.Admin(HttpMethod.Post, "skus/shoe/adjustments", $$"""{"delta":3,"reason":"{{nasty}}"}""", "' OR 1=1; --"));
        Assert.Equal(text, (string)(await shop.Api.Ledger("shoe"))[1]!["payload"]!["reason"]!);
        await Api.Expect(shop.Api.PutCampaign("drop", skus: ("shoe", 3)));
        Assert.Equal(text, (string)(await shop.Api.Campaign("drop")).Json!["skus"]![0]!["name"]!);
        await Api.Expect(shop.Api.Hold(await shop.Api.Login("mei"), "drop", "shoe", "'; DELETE FROM lease; --"), HttpStatusCode.Created);
        await shop.Api.AssertAuditHolds();
    }

    [Fact]
    public async Task Token_of_the_previous_key_is_still_good() =>
        await Api.Expect(fixture.Shop.Api.GetHold(fixture.PreviousToken, fixture.Fill(GoodRequest.Of(GoodRequest.GetHold)).Target.Split('/')[^1]));

    private async Task<RawAnswer> Send(BadCase row)
    {
        try
        {
            return await Raw.Send(fixture.Shop.Url, fixture.Fill(row.Request).Bytes);
        }
        catch (IOException closed)
        {
            return new RawAnswer(0, new Dictionary<string, string>(), closed.Message);
        }
    }

    private static bool IsWhole(BadCase row, RawAnswer answer) =>
        row.Code.Length == 0
            ? answer.Body.Length == 0
            : answer.Header("Content-Type") == "application/problem+json" && (int?)answer.Json!["status"] == row.Status && ((string?)answer.Json["detail"])?.Length > 0;
}
