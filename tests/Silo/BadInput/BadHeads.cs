using System.Text;

namespace FlashSale.Silo.Tests.BadInput;

/// <summary>Headers, tokens, methods, paths and queries.</summary>
internal static class BadHeads
{
    private const string Get = "GET";

    public static IEnumerable<BadCase> All() =>
        [.. Tokens(), .. OperatorTokens(), .. Keys(), .. MediaTypes(), .. Bodies(), .. Methods(), .. Ids(), .. Queries(), .. Routes(), .. OfKestrel()];

    private static IEnumerable<BadCase> Tokens()
    {
        foreach (var call in new[] { GoodRequest.Hold, GoodRequest.GetHold, GoodRequest.DeleteHold })
        {
            foreach (var (input, value) in new (string, string?)[]
            {
                ("no token", null), ("an empty token", ""), ("no scheme", "<mei>"), ("another scheme", "Basic <mei>"), ("two spaces", "Bearer  <mei>"), ("a comma behind it", "Bearer <mei>,"),
                ("a token cut off", "Bearer <cut>"), ("one bit forged", "Bearer <forged>"), ("the last character's spare bits", "Bearer <respelled>"), ("signed by a foreign key", "Bearer <foreign>"),
                ("signed by a key rotated out", "Bearer <rotated-out>"), ("expired", "Bearer <expired>"), ("expired, signed by the previous key", "Bearer <expired-previous>"), ("the operators' key", "Bearer <admin>"),
                ("bytes beyond ASCII", "Bearer \u00ff\u00fe"), ("SQL", "Bearer ' OR '1'='1"), ("8,000 characters", "Bearer " + new string('A', 8000)), ("alg none", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZWkifQ."),
            }) yield return new(call, input, GoodRequest.Of(call).With("Authorization", value), 401, "unauthenticated");
            yield return new(call, "two tokens", GoodRequest.Of(call).And("Authorization: Bearer <mei>"), 401, "unauthenticated");
        }
    }

    private static IEnumerable<BadCase> OperatorTokens()
    {
        foreach (var call in Gateway.OpenApi.ApiCall.All.Where(c => c.Caller == Gateway.OpenApi.ApiCaller.Operator).Select(c => $"{c.Method} {c.Path}"))
        {
            yield return new(call, "no key", GoodRequest.Of(call).With("Authorization", null), 401, "unauthenticated");
            yield return new(call, "a shopper's token", GoodRequest.Of(call).With("Authorization", "Bearer <mei>"), 401, "unauthenticated");
            yield return new(call, "a key with one letter more", GoodRequest.Of(call).With("Authorization", "Bearer <admin>x"), 401, "unauthenticated");
            yield return new(call, "two keys", GoodRequest.Of(call).And("Authorization: Bearer <admin>"), 401, "unauthenticated");
        }
    }

    private static IEnumerable<BadCase> Keys()
    {
        foreach (var call in new[] { GoodRequest.Hold, GoodRequest.Adjust })
        {
            foreach (var (input, value) in new (string, string?)[]
            {
                ("no Idempotency-Key", null), ("an empty key", ""), ("a key of spaces", "   "), ("a key of 129", new string('k', 129)), ("a key with a tab", "a\tb"), ("a key with DEL", "a\u007f"),
                ("a key beyond ASCII", "cl\u00e9"), ("a key in UTF-8", Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("钥匙"))),
            }) yield return new(call, input, GoodRequest.Of(call).With("Idempotency-Key", value), 400, "bad_request");
            yield return new(call, "two Idempotency-Keys", GoodRequest.Of(call).And("Idempotency-Key: another"), 400, "bad_request");
            yield return new(call, "one Idempotency-Key twice", GoodRequest.Of(call).And("idempotency-key: unused"), 400, "bad_request");
        }
    }

    private static IEnumerable<BadCase> MediaTypes()
    {
        foreach (var call in new[] { GoodRequest.Session, GoodRequest.Hold, GoodRequest.PutSku, GoodRequest.Adjust, GoodRequest.PutCampaign })
        {
            foreach (var type in new[]
            {
                null, "", "json", "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/problem+json", "application/json5",
                "application/json; charset=utf-16", "application/json; charset=iso-8859-1", "application/json; charset=", "application/json\u00e9",
            }) yield return new(call, $"Content-Type {type ?? "missing"}", GoodRequest.Of(call).With("Content-Type", type), 415, "unsupported_media_type");
            yield return new(call, "two Content-Types", GoodRequest.Of(call).And("Content-Type: application/json"), 415, "unsupported_media_type");
            foreach (var encoding in new[] { "gzip", "deflate", "br", "identity, gzip", "nonsense" })
                yield return new(call, $"Content-Encoding {encoding}", GoodRequest.Of(call).And($"Content-Encoding: {encoding}"), 415, "unsupported_media_type");
        }
    }

    // How the body is sent. What is sent behind a body keeps the server from waiting for more.
    private static IEnumerable<BadCase> Bodies()
    {
        var hold = GoodRequest.Of(GoodRequest.Hold);
        var chunked = hold.With("Content-Length", null).And("Transfer-Encoding: chunked");
        yield return new(GoodRequest.Hold, "no chunk in a chunked body", chunked, 400, "bad_request");
        yield return new(GoodRequest.Hold, "a chunk without a size", chunked with { Body = "x\r\nabc\r\n0\r\n\r\n"u8.ToArray() }, 400, "bad_request");
        yield return new(GoodRequest.Hold, "a chunk of a negative size", chunked with { Body = "-5\r\nabcde\r\n0\r\n\r\n"u8.ToArray() }, 400, "bad_request");
        yield return new(GoodRequest.Hold, "a chunk longer than its size", chunked with { Body = "2\r\nabcde\r\n0\r\n\r\n"u8.ToArray() }, 400, "bad_request");
        yield return new(GoodRequest.Hold, "chunks of 16 KiB and a byte", chunked with { Body = [.. "4001\r\n"u8, .. new byte[0x4001], .. "\r\n0\r\n\r\n"u8] }, 413, "too_large");
        yield return new(GoodRequest.Hold, "a length and chunks", hold.And("Transfer-Encoding: chunked"), 400, "bad_request");
        yield return new(GoodRequest.Hold, "a length shorter than the body", hold.With("Content-Length", "5"), 400, "bad_request");
        yield return new(GoodRequest.Hold, "a length of 0", hold.With("Content-Length", "0"), 400, "bad_request");
        yield return new(GoodRequest.Hold, "no length", hold.With("Content-Length", null), 400, "bad_request");
        yield return new(GoodRequest.Hold, "a length that is too large", hold.With("Content-Length", "16385"), 413, "too_large");
        yield return new(GoodRequest.Adjust, "a length that is too large", GoodRequest.Of(GoodRequest.Adjust).With("Content-Length", "262145"), 413, "too_large");
        yield return new(GoodRequest.GetHold, "a body where there is none, too large", GoodRequest.Of(GoodRequest.GetHold).With("Content-Length", "16385"), 413, "too_large");
    }

    private static IEnumerable<BadCase> Methods()
    {
        foreach (var call in Gateway.OpenApi.ApiCall.All)
        {
            var name = $"{call.Method} {call.Path}";
            var known = Gateway.OpenApi.ApiCall.All.Where(c => c.Path == call.Path).Select(c => c.Method).ToArray();
            foreach (var method in new[] { "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW" }.Except(known))
                yield return new(name, method, GoodRequest.Of(name) with { Method = method, Body = [] }, 405, method == "HEAD" ? "" : "method_not_allowed");
        }
    }

    private static IEnumerable<BadCase> Ids()
    {
        foreach (var call in Gateway.OpenApi.ApiCall.All.Where(c => c.Path.Contains('{', StringComparison.Ordinal)))
        {
            var name = $"{call.Method} {call.Path}";
            foreach (var id in new[]
            {
                "a%2Fb", "a%5Cb", "a%20b", "%C3%A9", "%F0%9F%91%9F", "%C0%AF", "%ED%A0%80", "%FF", "%zz", "%", "a.b", "a;b", "a'b", "%27%3BDROP%20TABLE%20ledger_event%3B--", "%E2%80%AE", "%0A", "%7F", "%25",
            }) yield return new(name, $"id {id}", Target(name, id), 400, "bad_request");
            yield return new(name, "id of 65", Target(name, new string('a', 65)), 400, "bad_request");
            yield return new(name, "id %00", Target(name, "a%00b"), 400, "");
        }

        const string none = "AAAAAAAAAAAAAAAAAAAAAA";
        foreach (var call in new[] { GoodRequest.GetHold, GoodRequest.DeleteHold, "DELETE /v1/admin/holds/{shopper}/{hold}" })
        {
            yield return new(call, "a hold of 15", HoldTarget(call, none[..15]), 400, "bad_request");
            yield return new(call, "a hold of 33", HoldTarget(call, none + none[..11]), 400, "bad_request");
            yield return new(call, "a hold of another length than ours", HoldTarget(call, none[..20]), 404, "not_found");
            yield return new(call, "nobody's hold", HoldTarget(call, none), 404, "not_found");
            yield return new(call, "a hold with its spare bits set", HoldTarget(call, "<hold-respelled>"), 404, "not_found");
        }

        yield return new(GoodRequest.GetHold, "another shopper's hold", GoodRequest.Of(GoodRequest.GetHold).With("Authorization", "Bearer <li>"), 404, "not_found");
        yield return new(GoodRequest.DeleteHold, "another shopper's hold", GoodRequest.Of(GoodRequest.DeleteHold).With("Authorization", "Bearer <li>"), 404, "not_found");
        yield return new(GoodRequest.PutCampaign, "the name of the general pool", Target(GoodRequest.PutCampaign, "general"), 400, "bad_request");
        foreach (var call in new[]
        {
            GoodRequest.Campaign, GoodRequest.Hold, "GET /v1/campaigns/{campaign}/events", "GET /v1/admin/campaigns/{campaign}", "POST /v1/admin/campaigns/{campaign}/freeze",
            "POST /v1/admin/campaigns/{campaign}/resume", "POST /v1/admin/campaigns/{campaign}/close", "GET /v1/admin/skus/{sku}", GoodRequest.Adjust, GoodRequest.Ledger,
        }) yield return new(call, "one that nobody made", Target(call, "nobody-made-it"), 404, "not_found");
    }

    private static IEnumerable<BadCase> Queries()
    {
        foreach (var call in new[] { GoodRequest.Skus, GoodRequest.AdminCampaigns, GoodRequest.Ledger })
        {
            foreach (var query in new[]
            {
                "limit=0", "limit=1001", "limit=-1", "limit=1.0", "limit=1e2", "limit=%2B1", "limit=0x10", "limit=", "limit=abc", "limit=99999999999999999999", "limit=%D9%A1", "limit=1&limit=2", "limit=1&LIMIT=2",
                "after=x&after=y", "offset=1", "%00=1", "after=%27%3BDROP%20TABLE%20ledger_head%3B--", "after=%C3%A9", "after=a.b",
            }) yield return new(call, $"?{query}", Query(call, query), 400, "bad_request");
        }

        foreach (var query in new[] { "after=-1", "after=1.5", "after=shoe", "after=9223372036854775808" })
            yield return new(GoodRequest.Ledger, $"?{query}", Query(GoodRequest.Ledger, query), 400, "bad_request");
    }

    private static IEnumerable<BadCase> Routes()
    {
        foreach (var path in new[]
        {
            "/", "/v1", "/v2/campaigns", "/v1/campaigns//holds", "/v1//campaigns", "//v1/campaigns", "/v1/campaigns/drop/holds/1", "/v1/campaigns/%2e%2e/holds", "/v1/admin", "/v1/admin/skus/shoe/ledger/1", "/health", "/health/live/1",
            "/openapi/v2.json", "/openapi/..%2Fv1.json", "/favicon.ico", "/.env", "/../../etc/passwd", "/v1/campaigns\\drop",
        }) yield return new("none", $"GET {path}", new RawRequest(Get, path, ["Host: shop"], []), 404, "not_found");
        yield return new("none", "OPTIONS *", new RawRequest("OPTIONS", "*", ["Host: shop"], []), 404, "not_found");
    }

    private static IEnumerable<BadCase> OfKestrel()
    {
        var get = GoodRequest.Of(GoodRequest.Campaign);
        (string, RawRequest, int)[] cases =
        [
            ("no Host", get.With("Host", null), 400), ("two Hosts", get.And("Host: other"), 400), ("a Host with a space", get.With("Host", "a b"), 400),
            ("a path without a slash", get with { Target = "v1/campaigns/drop" }, 400), ("a path in bytes", get with { Target = "/v1/campaigns/\u00e9" }, 400),
            ("a query in bytes", get with { Target = "/v1/campaigns/drop?x=\u00e9" }, 400), ("* for a path", get with { Target = "*" }, 405), ("a method with a space", get with { Method = "G ET" }, 400),
            ("another host's URL", get with { Target = "http://else/v1/campaigns/drop" }, 400), ("HTTP/2.0", get with { Version = "HTTP/2.0" }, 505), ("no version", get with { Version = "" }, 400),
            ("a request line of 9,000", get with { Target = "/v1/campaigns/" + new string('a', 9000) }, 414), ("headers of 17,000", get.And("X-Long: " + new string('a', 17_000)), 431),
            ("70 headers", get with { Headers = [.. get.Headers, .. Enumerable.Range(0, 70).Select(i => $"X-{i}: 1")] }, 431), ("a header without a colon", get.And("nonsense"), 400),
            ("a folded header", get.And(" folded: 1"), 400), ("a header name with a space", get.And("X : 1"), 400), ("a header name in bytes", get.And("\u00e9: 1"), 400), ("a NUL in a header", get.And("X: a\0b"), 400),
            ("a bare CR in a header", get.And("X: a\rb"), 400), ("a negative length", get.And("Content-Length: -1"), 400), ("a length in hexadecimal", get.And("Content-Length: 0x10"), 400),
            ("a length of 300 letters", get.And("Content-Length: " + new string('x', 300)), 400), ("a length in bytes", get.And("Content-Length: \u00ff\u00fe"), 400), ("a length of 20 digits", get.And("Content-Length: 99999999999999999999"), 400), ("two lengths", get.And("Content-Length: 0").And("Content-Length: 0"), 400), ("Transfer-Encoding gzip", get.And("Transfer-Encoding: gzip"), 400),
        ];
        return cases.Select(c => new BadCase(GoodRequest.Campaign, c.Item1, c.Item2, c.Item3, ""));
    }

    // The last id in the path; a shopper's before a hold's stays good, and the other way round.
    private static RawRequest Target(string call, string id)
    {
        var path = call.Split(' ')[1];
        var last = path[path.LastIndexOf('{')..(path.LastIndexOf('}') + 1)];
        var good = GoodRequest.Of(call);
        return good with
        {
            Target = path.Replace(last, id, StringComparison.Ordinal).Replace("{shopper}", "mei", StringComparison.Ordinal),
        };
    }

    private static RawRequest HoldTarget(string call, string hold) => Target(call, hold);

    private static RawRequest Query(string call, string query)
    {
        var good = GoodRequest.Of(call);
        return good with { Target = $"{good.Target}?{query}" };
    }
}
