using System.Net.Http.Headers;
using System.Text;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Http;

/// <summary>Bodies are read to the letter, and the answer names the member that is wrong.</summary>
public sealed class StrictJsonTests : IAsyncLifetime
{
    private const string Good = """{"name":"Dunk Low","mode":"flow","opensAt":"2026-11-11T10:00:00Z","closesAt":"2026-11-11T11:00:00Z","limitPerShopper":1,"holdSeconds":600,"skus":[{"sku":"a","units":500}]}""";

    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("", "empty")]
    [InlineData(" ", "well-formed")]
    [InlineData("null", "null")]
    [InlineData("[]", "must be an object")]
    [InlineData("1", "must be an object")]
    [InlineData("{", "well-formed")]
    [InlineData("{}", "\"sku\" is missing")]
    [InlineData("""{"sku":"a"}""", "\"quantity\" is missing")]
    [InlineData("""{"quantity":1}""", "\"sku\" is missing")]
    [InlineData("""{"sku":"a","quantity":1,"colour":"red"}""", "\"colour\" is unknown")]
    [InlineData("""{"sku":"a","Quantity":1}""", "\"Quantity\" is unknown")]
    [InlineData("""{"sku":"a","quantity":1,"quantity":1}""", "\"quantity\" is given twice")]
    [InlineData("""{"sku":"a","sku":"b","quantity":1}""", "\"sku\" is given twice")]
    [InlineData("""{"sku":"a","quantity":"1"}""", "\"quantity\" must be an integer")]
    [InlineData("""{"sku":"a","quantity":1.0}""", "\"quantity\" must be an integer")]
    [InlineData("""{"sku":"a","quantity":1e0}""", "\"quantity\" must be an integer")]
    [InlineData("""{"sku":"a","quantity":99999999999}""", "\"quantity\" must be an integer")]
    [InlineData("""{"sku":"a","quantity":true}""", "\"quantity\" must be an integer")]
    [InlineData("""{"sku":"a","quantity":[1]}""", "\"quantity\" must be an integer")]
    [InlineData("""{"sku":"a","quantity":null}""", "\"quantity\" must not be null")]
    [InlineData("""{"sku":null,"quantity":1}""", "\"sku\" must not be null")]
    [InlineData("""{"sku":1,"quantity":1}""", "\"sku\" must be a string")]
    [InlineData("""{"sku":"","quantity":1}""", "\"sku\" must be a string")]
    [InlineData("""{"sku":"a b","quantity":1}""", "\"sku\" must be a string")]
    [InlineData("""{"sku":"ä","quantity":1}""", "\"sku\" must be a string")]
    [InlineData("""{"sku":"a\u0000","quantity":1}""", "\"sku\" must be a string")]
    [InlineData("""{"sku":"\ud800","quantity":1}""", "\"sku\" must be a string")]
    [InlineData("""{"sku":"a","quantity":0}""", "\"quantity\" must be from 1 to 99")]
    [InlineData("""{"sku":"a","quantity":100}""", "\"quantity\" must be from 1 to 99")]
    [InlineData("""{"sku":"a","quantity":-1}""", "\"quantity\" must be from 1 to 99")]
    [InlineData("""{"sku":"a","quantity":01}""", "well-formed")]
    [InlineData("""{"sku":"a","quantity":1,}""", "well-formed")]
    [InlineData("""{"sku":"a","quantity":1}{}""", "well-formed")]
    [InlineData("""{"sku":"a","quantity":1} // note""", "well-formed")]
    [InlineData("""{'sku':'a','quantity':1}""", "well-formed")]
    [InlineData("""{"sku":"a","quantity":[[[[[[[[[1]]]]]]]]]}""", "\"quantity\" must be an integer")]
    [InlineData("""[[[[[[[[[1]]]]]]]]]""", "must be an object")]
    [InlineData("""{"sku":"a","quantity":1,"\ud800":1}""", "well-formed")]
    [InlineData("\uFEFF{\"sku\":\"a\",\"quantity\":1}", "well-formed")]
    public async Task A_bad_body_for_a_hold(string body, string detail)
    {
        var reply = (await _host.Hold(body: body)).AssertProblem(400, "bad_request");
        Assert.Contains(detail, reply.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("FlashSale", reply.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_UTF_8()
    {
        var reply = await _host.Send(HttpMethod.Post, "/v1/campaigns/dunk-low/holds", "", _host.Token, "k1", request =>
        {
            request.Content = new ByteArrayContent([.. Encoding.ASCII.GetBytes("{\"sku\":\""), 0xFF, .. Encoding.ASCII.GetBytes("\",\"quantity\":1}")]);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        });
        Assert.Contains("UTF-8", reply.AssertProblem(400, "bad_request").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task White_space_order_and_escapes_do_not_matter() =>
        (await _host.Hold(body: "\r\n{ \"quantity\" : 1 ,\t\"s\\u006bu\" : \"dunk-low-4\\u0032\" } ")).AssertStatus(201);

    [Theory]
    [InlineData("\"Dunk Low\"", "\"\"", "\"name\" must have 1 to 200 characters")]
    [InlineData("\"Dunk Low\"", "\"a\\u0000b\"", "\"name\" must not contain control characters")]
    [InlineData("\"Dunk Low\"", "\"a\\nb\"", "\"name\" must not contain control characters")]
    [InlineData("\"Dunk Low\"", "\"\\udc00\"", "\"name\" must be a string")]
    [InlineData("\"Dunk Low\"", "null", "\"name\" must not be null")]
    [InlineData("\"flow\"", "\"queue\"", "\"mode\" must be \"flow\"")]
    [InlineData("2026-11-11T11:00:00Z", "2026-11-11T10:00:00Z", "\"closesAt\" must be later")]
    [InlineData("2026-11-11T11:00:00Z", "2027-11-12T10:00:00.001Z", "at most 366 days")]
    [InlineData("2026-11-11T10:00:00Z", "2026-11-11T10:00:00", "\"opensAt\" must be an RFC 3339 time")]
    [InlineData("2026-11-11T10:00:00Z", "tomorrow", "\"opensAt\" must be an RFC 3339 time")]
    [InlineData("\"2026-11-11T10:00:00Z\"", "1794391200", "\"opensAt\" must be an RFC 3339 time")]
    [InlineData("\"limitPerShopper\":1", "\"limitPerShopper\":0", "\"limitPerShopper\" must be from 1 to 99")]
    [InlineData("\"limitPerShopper\":1", "\"limitPerShopper\":100", "\"limitPerShopper\" must be from 1 to 99")]
    [InlineData("\"limitPerShopper\":1,", "", "\"limitPerShopper\" is missing")]
    [InlineData("600", "0", "\"holdSeconds\" must be from 1 to 86400")]
    [InlineData("600", "86401", "\"holdSeconds\" must be from 1 to 86400")]
    [InlineData("500", "-1", "\"skus[0].units\" must be from 0 to 100000000")]
    [InlineData("500", "100000001", "\"skus[0].units\" must be from 0 to 100000000")]
    [InlineData("500", "1.5", "\"skus[0].units\" must be an integer")]
    [InlineData("500}", "500,\"note\":1}", "\"skus[0].note\" is unknown")]
    [InlineData(",\"units\":500", "", "\"skus[0].units\" is missing")]
    [InlineData("{\"sku\":\"a\",\"units\":500}", "", "\"skus\" must have 1 to 200 elements")]
    [InlineData("{\"sku\":\"a\",\"units\":500}", "null", "\"skus[0]\" must not be null")]
    [InlineData("{\"sku\":\"a\",\"units\":500}", "{\"sku\":\"a\",\"units\":500},{\"sku\":\"a\",\"units\":5}", "\"skus[1].sku\" repeats a")]
    [InlineData("[{\"sku\":\"a\",\"units\":500}]", "{}", "\"skus\" must be an array")]
    [InlineData("500}", "500,\"price\":{\"amount\":-1,\"currency\":\"CNY\"}}", "\"skus[0].price.amount\" must be from 0")]
    [InlineData("500}", "500,\"price\":{\"amount\":1000000000001,\"currency\":\"CNY\"}}", "\"skus[0].price.amount\" must be from 0")]
    [InlineData("500}", "500,\"price\":{\"amount\":1,\"currency\":\"cny\"}}", "\"skus[0].price.currency\" must be three capital letters")]
    [InlineData("500}", "500,\"price\":{\"amount\":1}}", "\"skus[0].price.currency\" is missing")]
    [InlineData("500}", "500,\"price\":1}", "\"skus[0].price\" must be an object")]
    public async Task A_bad_campaign(string good, string bad, string detail)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var reply = await _host.AsOperator(HttpMethod.Put, "/v1/admin/campaigns/dunk-low", Good.Replace(good, bad, StringComparison.Ordinal));
        Assert.Contains(detail, reply.AssertProblem(400, "bad_request").Detail, StringComparison.Ordinal);
        Assert.Empty(_host.Grains.Campaign().Configured);
    }

    [Fact]
    public async Task A_campaign_of_two_hundred_SKUs_is_taken_and_one_of_more_is_not()
    {
        _host.Grains.Campaign().OnConfigure = _ => new CampaignResult(Status.Accepted, Sample.View);
        var skus = Enumerable.Range(0, 200).Select(i => $$"""{"sku":"s{{i}}","units":1}""").ToList();
        (await _host.AsOperator(HttpMethod.Put, "/v1/admin/campaigns/dunk-low", Good.Replace("""{"sku":"a","units":500}""", string.Join(',', skus), StringComparison.Ordinal))).AssertStatus(200);
        skus.Add("""{"sku":"s200","units":1}""");
        (await _host.AsOperator(HttpMethod.Put, "/v1/admin/campaigns/dunk-low", Good.Replace("""{"sku":"a","units":500}""", string.Join(',', skus), StringComparison.Ordinal))).AssertProblem(400, "bad_request");
    }

    [Theory]
    [InlineData("""{"delta":0,"reason":"r"}""", "\"delta\" must not be 0")]
    [InlineData("""{"delta":100000001,"reason":"r"}""", "\"delta\" must be from")]
    [InlineData("""{"delta":-100000001,"reason":"r"}""", "\"delta\" must be from")]
    [InlineData("""{"delta":1,"reason":""}""", "\"reason\" must have")]
    [InlineData("""{"delta":1}""", "\"reason\" is missing")]
    public async Task A_bad_adjustment(string body, string detail)
    {
        var reply = await _host.AsOperator(HttpMethod.Post, "/v1/admin/skus/dunk-low-42/adjustments", body, "k1");
        Assert.Contains(detail, reply.AssertProblem(400, "bad_request").Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, 200)]
    [InlineData(201, 400)]
    public async Task Characters_of_a_name_are_code_points(int characters, int status)
    {
        var name = string.Concat(Enumerable.Repeat("👟", characters));
        var reply = await _host.AsOperator(HttpMethod.Put, "/v1/admin/skus/a", $$$"""{"name":"{{{name}}}","price":{"amount":1,"currency":"CNY"}}""");
        Assert.Equal(status, (int)reply.Status);
        if (status == 200) Assert.Equal(name, reply.Json.GetProperty("name").GetString());
    }

    public static TheoryData<string?> BadKeys => new(null, "", "täglich", "tab\tinside", new string('k', 129));

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task A_missing_or_bad_idempotency_key(string? key)
    {
        var reply = await _host.Send(HttpMethod.Post, "/v1/campaigns/dunk-low/holds", """{"sku":"dunk-low-42","quantity":1}""", _host.Token, adjust: request =>
        {
            if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        });
        if (reply.Body.Length == 0) Assert.Equal(400, (int)reply.Status); // Kestrel's own answer to a header that it cannot read.
        else Assert.Contains("Idempotency-Key", reply.AssertProblem(400, "bad_request").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_idempotency_keys_are_one_too_many() => Assert.Contains("Idempotency-Key", await _host.SendRaw($$"""
        POST /v1/campaigns/dunk-low/holds HTTP/1.1
        Host: localhost
        Connection: close
        Authorization: Bearer {{_host.Token}}
        Idempotency-Key: a
        Idempotency-Key: b
        Content-Type: application/json
        Content-Length: 2

        {}
        """), StringComparison.Ordinal);

    [Theory]
    [InlineData("k")]
    [InlineData("order 4711 / \"x\" ~!")]
    public async Task Any_printable_key_is_taken(string key) => (await _host.Hold(key)).AssertStatus(201);

    [Fact]
    public async Task The_longest_key_is_taken() => (await _host.Hold(new string('k', 128))).AssertStatus(201);

    [Theory]
    [InlineData("GET", "/v1/campaigns/a%20b")]
    [InlineData("GET", "/v1/campaigns/%C3%A4")]
    [InlineData("PUT", "/v1/admin/skus/a.b")]
    [InlineData("GET", "/v1/admin/shoppers/a:b/holds")]
    [InlineData("POST", "/v1/admin/campaigns/a+b/close")]
    public async Task A_bad_id_in_the_path(string method, string path) =>
        (await _host.AsOperator(new HttpMethod(method), path, method == "PUT" ? "{}" : null)).AssertProblem(400, "bad_request");

    [Fact]
    public async Task An_id_of_more_than_64_characters() =>
        (await _host.AsOperator(HttpMethod.Get, "/v1/admin/skus/" + new string('a', 65))).AssertProblem(400, "bad_request");

    [Theory]
    [InlineData("/v1/admin/skus?limit=0")]
    [InlineData("/v1/admin/skus?limit=1001")]
    [InlineData("/v1/admin/skus?limit=x")]
    [InlineData("/v1/admin/skus?limit=1&limit=2")]
    [InlineData("/v1/admin/skus?size=1")]
    [InlineData("/v1/admin/skus?after=a.b")]
    [InlineData("/v1/admin/skus/dunk-low-42/ledger?after=-1")]
    [InlineData("/v1/admin/skus/dunk-low-42/ledger?limit=1001")]
    public async Task A_bad_query(string path) => (await _host.AsOperator(HttpMethod.Get, path)).AssertProblem(400, "bad_request");
}
