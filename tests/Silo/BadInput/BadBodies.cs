using System.Text;

namespace FlashSale.Silo.Tests.BadInput;

/// <summary>Bodies, each of an otherwise valid request.</summary>
internal static class BadBodies
{
    private const string Sql = "'; DROP TABLE ledger_event; --";
    private static readonly string LongText = new('x', 201);
    private static readonly string LongAstral = string.Concat(Enumerable.Repeat("👟", 201));

    public static IEnumerable<BadCase> All() =>
    [
        .. Form(), .. Sessions(), .. Holds(), .. Skus(), .. Adjustments(), .. Campaigns(), .. Windows(),
        new(GoodRequest.PutCampaign, "an unknown SKU", Of(GoodRequest.PutCampaign, ReplaceIn(GoodRequest.PutCampaign, "\"shoe\"", "\"nobody-made-it\"")), 404, "not_found"),
        new(GoodRequest.Hold, "an unknown SKU", Of(GoodRequest.Hold, """{"sku":"nobody-made-it","quantity":1}"""), 404, "not_found"),
        new(GoodRequest.Hold, "16 KiB and a byte", Of(GoodRequest.Hold, GoodRequest.BodyOf(GoodRequest.Hold).PadRight((16 * 1024) + 1)), 413, "too_large"),
        new(GoodRequest.Adjust, "256 KiB and a byte", Of(GoodRequest.Adjust, GoodRequest.BodyOf(GoodRequest.Adjust).PadRight((256 * 1024) + 1)), 413, "too_large"),
    ];

    // What is no JSON object, or no UTF-8, whatever it says. The same for every call that takes a body.
    private static IEnumerable<BadCase> Form()
    {
        foreach (var call in new[] { GoodRequest.Session, GoodRequest.Hold, GoodRequest.PutSku, GoodRequest.Adjust, GoodRequest.PutCampaign })
        {
            var good = GoodRequest.BodyOf(call);
            yield return Bad(call, "no body", "");
            yield return Bad(call, "white space", " \r\n ");
            yield return Bad(call, "null", "null");
            yield return Bad(call, "an array", $"[{good}]");
            yield return Bad(call, "a string", "\"text\"");
            yield return Bad(call, "a number", "1");
            yield return Bad(call, "an empty object", "{}");
            yield return Bad(call, "cut off", good[..^1]);
            yield return Bad(call, "two objects", good + good);
            yield return Bad(call, "text behind it", good + "x");
            yield return Bad(call, "a comment", "/* */" + good);
            yield return Bad(call, "a trailing comma", $"{good.TrimEnd()[..^1]},}}");
            yield return Bad(call, "single quotes", good.Replace('"', '\''));
            yield return Bad(call, "an unknown member", $"{good.TrimEnd()[..^1]},\"admin\":true}}");
            yield return Bad(call, "an unknown member with SQL for a name", $"{good.TrimEnd()[..^1]},\"{Sql}\":1}}");
            yield return Bad(call, "members in capitals", good.ToUpperInvariant());
            yield return Bad(call, "all members twice", $"{good.TrimEnd()[..^1]},{good.TrimStart()[1..]}");
            yield return Bad(call, "9 levels deep", $"{good.TrimEnd()[..^1]},\"deep\":{new string('[', 9)}{new string(']', 9)}}}");
            yield return Bad(call, "16,000 levels deep", new string('[', 16_000));
            yield return BadBytes(call, "a byte-order mark", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(good)]);
            yield return BadBytes(call, "UTF-16", Encoding.Unicode.GetBytes(good));
            yield return BadBytes(call, "overlong UTF-8", [.. Encoding.UTF8.GetBytes(good[..2]), 0xC0, 0xAF, .. Encoding.UTF8.GetBytes(good[2..])]);
            yield return BadBytes(call, "half a character", [.. Encoding.UTF8.GetBytes(good[..2]), 0xE4, 0xBD, .. Encoding.UTF8.GetBytes(good[2..])]);
            yield return BadBytes(call, "a surrogate as UTF-8", [.. Encoding.UTF8.GetBytes(good[..2]), 0xED, 0xA0, 0x80, .. Encoding.UTF8.GetBytes(good[2..])]);
            yield return BadBytes(call, "a NUL", [.. Encoding.UTF8.GetBytes(good), 0]);
        }
    }

    private static IEnumerable<BadCase> Sessions()
    {
        foreach (var code in new[]
        {
            "null", "1", "true", "[\"dev:mei\"]", "{}", "\"\"", "\"mei\"", "\"dev:\"", "\"DEV:mei\"", "\" dev:mei\"", "\"dev:mei \"", "\"dev:m i\"", "\"dev:m/i\"",
            "\"dev:méi\"", "\"dev:👟\"", "\"dev:\\ud83d\"", "\"dev:\\udc5f\\ud83d\"", "\"dev:\\u0000\"", "\"dev:mei\\u0000\"", $"\"dev:{Sql}\"", $"\"dev:{new string('m', 65)}\"",
        }) yield return Bad(GoodRequest.Session, $"code {code}", $$"""{"code":{{code}}}""");
        yield return Bad(GoodRequest.Session, "code twice, once by an escape", """{"code":"dev:mei","\u0063ode":"dev:li"}""");
    }

    private static IEnumerable<BadCase> Holds()
    {
        foreach (var quantity in new[]
        {
            "0", "-1", "-0", "100", "1.5", "1.0", "1e0", "1e2", "1E400", "01", "+1", "0x1", ".5", "1.", "1,0", "NaN", "Infinity", "2147483648", "-9223372036854775809",
            "99999999999999999999999999999999999999", "\"1\"", "true", "null", "[1]", "{\"value\":1}",
        }) yield return Bad(GoodRequest.Hold, $"quantity {quantity}", $$"""{"sku":"shoe","quantity":{{quantity}}}""");
        foreach (var sku in new[]
        {
            "null", "1", "[\"shoe\"]", "\"\"", "\"sho e\"", "\"shoe/42\"", "\"..\"", "\"ｓhoe\"", "\"鞋\"", "\"👟\"", "\"\\ud800\"", "\"shoe\\u0000\"", $"\"{Sql}\"", $"\"{new string('s', 65)}\"",
        }) yield return Bad(GoodRequest.Hold, $"sku {sku}", $$"""{"sku":{{sku}},"quantity":1}""");
        yield return Bad(GoodRequest.Hold, "sku twice", """{"sku":"shoe","sku":"bag","quantity":1}""");
    }

    private static IEnumerable<BadCase> Skus()
    {
        foreach (var name in BadTexts()) yield return Bad(GoodRequest.PutSku, $"name {Short(name)}", $$$"""{"name":{{{name}}},"price":{"amount":1,"currency":"CNY"}}""");
        foreach (var price in BadPrices()) yield return Bad(GoodRequest.PutSku, $"price {price}", $$"""{"name":"n","price":{{price}}}""");
    }

    private static IEnumerable<BadCase> Adjustments()
    {
        foreach (var delta in new[]
        {
            "0", "-0", "100000001", "-100000001", "1.5", "5.0", "1e3", "1E400", "-1E400", "\"5\"", "null", "true", "[]", "9223372036854775807", "9223372036854775808", "1234567890123456789012345678901234567890",
        }) yield return Bad(GoodRequest.Adjust, $"delta {delta}", $$"""{"delta":{{delta}},"reason":"counted"}""");
        foreach (var reason in BadTexts()) yield return Bad(GoodRequest.Adjust, $"reason {Short(reason)}", $$"""{"delta":5,"reason":{{reason}}}""");
    }

    private static IEnumerable<BadCase> Campaigns()
    {
        const string call = GoodRequest.PutCampaign;
        foreach (var name in BadTexts()) yield return Bad(call, $"name {Short(name)}", ReplaceIn(call, "\"Dunk Low\"", name));
        foreach (var mode in new[] { "\"raffle\"", "\"Flow\"", "\"\"", "null", "1", $"\"{Sql}\"" }) yield return Bad(call, $"mode {mode}", ReplaceIn(call, "\"flow\"", mode));
        foreach (var limit in new[] { "0", "100", "-1", "1.5", "\"1\"", "null" })
            yield return Bad(call, $"limitPerShopper {limit}", ReplaceIn(call, "\"limitPerShopper\":1", $"\"limitPerShopper\":{limit}"));
        foreach (var seconds in new[] { "0", "86401", "1e2", "600.0", "\"600\"", "2147483648" })
            yield return Bad(call, $"holdSeconds {seconds}", ReplaceIn(call, "\"holdSeconds\":600", $"\"holdSeconds\":{seconds}"));
        foreach (var skus in new[]
        {
            "null", "{}", "\"shoe\"", "[]", "[null]", "[1]", "[[]]", "[{}]", "[{\"sku\":\"shoe\"}]", "[{\"units\":1}]", "[{\"sku\":\"shoe\",\"units\":-1}]", "[{\"sku\":\"shoe\",\"units\":100000001}]",
            "[{\"sku\":\"shoe\",\"units\":1.5}]", "[{\"sku\":\"shoe\",\"units\":\"1\"}]", "[{\"sku\":\"shoe\",\"units\":1},{\"sku\":\"shoe\",\"units\":1}]", "[{\"sku\":\"s e\",\"units\":1}]",
            "[{\"sku\":\"shoe\",\"units\":1,\"price\":{\"amount\":-1,\"currency\":\"CNY\"}}]", "[{\"sku\":\"shoe\",\"units\":1,\"colour\":\"red\"}]",
        }) yield return Bad(call, $"skus {skus}", ReplaceIn(call, """[{"sku":"shoe","units":1}]""", skus));
        var many = string.Join(',', Enumerable.Range(1, 201).Select(i => $$"""{"sku":"s{{i}}","units":0}"""));
        yield return Bad(call, "201 skus", ReplaceIn(call, """[{"sku":"shoe","units":1}]""", $"[{many}]"));
    }

    private static IEnumerable<BadCase> Windows()
    {
        const string call = GoodRequest.PutCampaign;
        foreach (var time in new[]
        {
            "null", "32498719200000", "\"\"", "\"tomorrow\"", "\"2999-11-11\"", "\"2999-11-11T10:00:00\"", "\"2999-11-11T10:00Z\"", "\"2999-11-11T10:00+08:00\"", "\"2999-11-11 10:00:00Z\"",
            "\"2999-13-11T10:00:00Z\"", "\"2999-02-30T10:00:00Z\"", "\"2999-11-11T24:00:00Z\"", "\"2999-11-11T10:60:00Z\"", "\"2999-11-11T10:00:60Z\"", "\"2999-11-11T10:00:00+8\"",
            "\"2999-11-11T10:00:00+25:00\"", "\"29991111T100000Z\"", "\"0000-01-01T00:00:00Z\"", "\"10000-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00+14:00\"", "\"２９９９-11-11T10:00:00Z\"",
            $"\"2999-11-11T10:00:00Z{Sql}\"", "{}",
        }) yield return Bad(call, $"opensAt {time}", ReplaceIn(call, "\"2999-11-11T10:00:00.000Z\"", time));
        foreach (var (input, closesAt) in new[]
        {
            ("as soon as it opens", "2999-11-11T10:00:00.000Z"), ("by less than a millisecond later", "2999-11-11T10:00:00.0009Z"), ("before it opens", "2999-11-11T09:59:59.999Z"),
            ("before it opens, by the offset", "2999-11-11T17:00:00+08:00"), ("after 366 days and a millisecond", "3000-11-12T10:00:00.001Z"),
        }) yield return Bad(call, $"closes {input}", ReplaceIn(call, "2999-11-11T12:00:00.000Z", closesAt));
    }

    private static IEnumerable<string> BadTexts() =>
        ["null", "1", "[\"n\"]", "\"\"", $"\"{LongText}\"", $"\"{LongAstral}\"", "\"a\\u0000b\"", "\"a\\u0007b\"", "\"a\\u0085b\"", "\"a\\ud800b\"", "\"a\\udc00\"", "\"a\nb\"", "\"a\tb\""];

    private static IEnumerable<string> BadPrices() =>
    [
        "null", "1", "\"79900\"", "[]", "{}", "{\"amount\":1}", "{\"currency\":\"CNY\"}", "{\"amount\":-1,\"currency\":\"CNY\"}", "{\"amount\":1000000000001,\"currency\":\"CNY\"}",
        "{\"amount\":799.5,\"currency\":\"CNY\"}", "{\"amount\":1e3,\"currency\":\"CNY\"}", "{\"amount\":\"1\",\"currency\":\"CNY\"}", "{\"amount\":1,\"currency\":\"cny\"}", "{\"amount\":1,\"currency\":\"CN\"}",
        "{\"amount\":1,\"currency\":\"CNYY\"}", "{\"amount\":1,\"currency\":\"C1Y\"}", "{\"amount\":1,\"currency\":\"ＣＮＹ\"}", "{\"amount\":1,\"currency\":null}",
        "{\"amount\":1,\"amount\":2,\"currency\":\"CNY\"}", "{\"amount\":1,\"currency\":\"CNY\",\"vat\":19}",
    ];

    private static string Short(string text) => text.Length <= 24 ? text : $"{text[..20]}… of {text.Length}";

    private static string ReplaceIn(string call, string part, string by)
    {
        var good = GoodRequest.BodyOf(call);
        Assert.Contains(part, good, StringComparison.Ordinal);
        return good.Replace(part, by, StringComparison.Ordinal);
    }

    private static BadCase Bad(string call, string input, string body) => new(call, input, Of(call, body), 400, "bad_request");

    private static BadCase BadBytes(string call, string input, byte[] body) => new(call, input, GoodRequest.Of(call).WithBody(body), 400, "bad_request");

    private static RawRequest Of(string call, string body) => GoodRequest.Of(call).WithBody(Encoding.UTF8.GetBytes(body));
}
