using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace FlashSale.Silo.Tests.Fuzz;

/// <summary>Draws requests that are almost right.</summary>
internal static class Generators
{
    private static readonly Gen<int> Index = Gen.Choose(0, 999);

    private static readonly Gen<int> CodePoint = Gen.OneOf(
        Gen.Choose(0x20, 0x7E), Gen.Choose(0, 0x1F), Gen.Choose(0x7F, 0xFF), Gen.Choose(0x300, 0x36F), Gen.Choose(0x2000, 0x206F), Gen.Choose(0x4E00, 0x9FFF), Gen.Choose(0xD800, 0xDFFF),
        Gen.Choose(0xFFF0, 0xFFFF), Gen.Choose(0x1F300, 0x1FAFF), Gen.Choose(0x10FFF0, 0x10FFFF));

    // Surrogates that stand alone only exist as escapes.
    private static readonly Gen<string> JsonText =
        from points in CodePoint.ListOf(12)
        from length in Gen.Choose(0, 12)
        from escaped in Gen.Choose(0, 3)
        select '"' + string.Concat(points.Take(length).Select(p => Character(p, escaped == 0))) + '"';

    private static readonly Gen<string> Plain = Gen.OneOf(
        Gen.Elements("0", "1", "2", "50", "99", "100", "-1", "200", "86400", "86401", "100000000", "100000001", "-100000000", "-100000001", "2147483648", "1000000000000", "1000000000001", "9223372036854775808"),
        Index.Select(n => $"{n}"));

    private static readonly Gen<string> Number =
        from sign in Gen.Elements("", "", "", "-", "+")
        from digits in Plain
        from fraction in Gen.Elements("", "", "", ".0", ".5", ".")
        from exponent in Gen.Elements("", "", "", "e0", "E2", "e-1", "E400")
        select sign + digits + fraction + exponent;

    private static readonly Gen<string> Time = Gen.Elements(
        "\"2999-11-11T10:00:00Z\"", "\"2999-11-11T18:00:00+08:00\"", "\"2999-11-12T10:00:00.1234567Z\"", "\"2999-02-29T10:00:00Z\"", "\"2999-11-11\"", "\"2999-11-11T10:00:00\"", "\"now\"", "\"9999-12-31T23:59:59.999Z\"");

    private static readonly Gen<string> Value = Gen.Frequency(
        (4, Plain), (2, Number), (3, JsonText), (1, Time), (2, Gen.Elements("null", "true", "false", "[]", "{}", "[null]", "[[[[[[[[[]]]]]]]]]", "\"shoe\"", "\"bag\"", "\"flow\"", "\"dev:mei\"", "\"CNY\"", "NaN", "'x'", "/**/1", "")),
        (1, Gen.Elements("{\"amount\":1,\"currency\":\"CNY\"}", "[{\"sku\":\"bag\",\"units\":1}]", "[{\"sku\":\"bag\",\"units\":1,\"price\":{\"amount\":5,\"currency\":\"EUR\"}}]")));

    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.Elements("\"sku\"", "\"quantity\"", "\"delta\"", "\"reason\"", "\"name\"", "\"price\"", "\"SKU\"", "\"sku \"", "\"\\u0073ku\"", "\"__proto__\"", "\"$type\"", "\"\"", "sku", "1"), JsonText);

    private static readonly Gen<byte[]> Bytes =
        from bytes in Gen.OneOf(Gen.Choose(0, 255), Gen.Elements(0, 0x22, 0x2C, 0x5B, 0x5D, 0x7B, 0x7D, 0xC0, 0xED, 0xEF, 0xFF)).ArrayOf(8)
        from length in Gen.Choose(0, 8)
        select bytes.Take(length).Select(b => (byte)b).ToArray();

    // Latin 1, as it goes over the wire; a line break ends the header and begins something else.
    private static readonly Gen<string> HeaderValue = Gen.OneOf(
        Gen.Elements(
            "", " ", ",", "0", "1", "-1", "20000", "1e3", "0x10", "18446744073709551616", "application/json", "application/json; charset=utf-8", "application/json;charset=utf-16", "text/html", "*/*", "gzip", "identity",
            "chunked", "gzip, chunked", "close", "keep-alive", "Upgrade", "100-continue", "Bearer", "Bearer <mei>", "bearer <li>", "Bearer <admin>", "Bearer <expired>", "Basic bWVpOg==", "\"1-open\"", "W/\"x\", *", "bytes=0-1",
            "127.0.0.1", "shop:99999", "[::1]", "a\r\nX-Injected: 1", "a\r\n b"),
        from points in Gen.Frequency((40, Gen.Choose(0x20, 0x7E)), (2, Gen.Choose(0x80, 255)), (1, Gen.Choose(1, 255))).ListOf(20)
        from length in Gen.Choose(0, 20)
        select string.Concat(points.Take(length).Select(p => (char)p)));

    private static readonly Gen<string> HeaderName = Gen.Elements(
        "Content-Length", "Transfer-Encoding", "Content-Type", "Content-Encoding", "Authorization", "Idempotency-Key", "Host", "Connection", "Expect", "Upgrade", "If-None-Match", "Last-Event-ID", "Range", "X-Forwarded-For",
        "X-HTTP-Method-Override", "Cookie", "Origin", "TE", "Trailer", "", "X Y", "X\u00e9", ":authority");

    private static readonly Gen<string> Segment = Gen.OneOf(
        Gen.Elements(
            "", ".", "..", "%2e%2e", "%2F", "%5c", "%00", "%", "%zz", "%C0%AF", "%F0%9F%91%9F", "drop", "shoe", "bag", "mei", "<hold>", "v1", "v2", "admin", "skus", "campaigns", "holds", "events", "general", "DROP", "*",
            "nobody-made-it", "a;b", "a,b", "a b", "'--", "<script>", new string('a', 64), new string('a', 65), new string('a', 9000)),
        from points in Gen.Frequency((40, Gen.Choose(0x21, 0x7E)), (1, Gen.Choose(0x80, 255))).ListOf(10)
        from length in Gen.Choose(1, 10)
        select string.Concat(points.Take(length).Select(p => (char)p)),
        Bytes.Select(bytes => string.Concat(bytes.Select(b => $"%{b:X2}"))));

    private static readonly Gen<string> Query = Gen.OneOf(
        Gen.Elements("limit=1", "limit=0", "after=a", "limit=1&limit=1", "after=&limit=10", "x=y", "", "&", "=", "limit=%31", "limit=1;after=2", "after=%00", "%FF=%FF", new string('&', 2000)), Segment.Select(s => $"after={s}"));

    private static readonly Gen<Mutation> Mutations = Gen.Frequency(
        (4, Index.Zip(Index, Value).Of((node, part, value) => new RetypePart(node, part, value))),
        (2, Index.Zip(Index).Select(t => (Mutation)new DropPart(t.Item1, t.Item2))),
        (2, Index.Zip(Index).Select(t => (Mutation)new DoublePart(t.Item1, t.Item2))),
        (1, Index.Zip(Index, Name).Of((node, part, name) => new RenamePart(node, part, name))),
        (2, Index.Zip(Index, Name.Zip(Value)).Of((node, part, added) => new AddPart(node, part, added.Item1, added.Item2))),
        (1, Index.Zip(Index).Select(t => (Mutation)new ReorderParts(t.Item1, t.Item2))),
        (3, from at in Index from removed in Gen.Choose(0, 4) from bytes in Bytes select (Mutation)new SpliceBody(at, removed, bytes)),
        (1, Index.Select(i => (Mutation)new DropHeader(i))),
        (1, Index.Select(i => (Mutation)new DoubleHeader(i))),
        (2, Index.Zip(HeaderValue).Select(t => (Mutation)new SetHeader(t.Item1, t.Item2))),
        (2, HeaderName.Zip(HeaderValue).Select(t => (Mutation)new AddHeader($"{t.Item1}: {t.Item2}"))),
        (3, Index.Zip(Segment).Select(t => (Mutation)new SetSegment(t.Item1, t.Item2))),
        (1, Segment.Select(s => (Mutation)new SetTarget(s))),
        (1, Query.Select(q => (Mutation)new AddQuery(q))),
        (1, Gen.Elements("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "get", "P\u00f6ST", "").Select(m => (Mutation)new SetMethod(m))));

    /// <summary>Any call; most often one that takes a body and changes something.</summary>
    public static Gen<FuzzCase> Cases(IReadOnlyList<string> calls, IReadOnlyList<string> withBody) =>
        from call in Gen.Frequency((3, Gen.Elements(withBody.AsEnumerable())), (1, Gen.Elements(calls.AsEnumerable())))
        from key in Gen.Choose(1, 60)
        from mutations in Mutations.ArrayOf(3)
        from count in Gen.Frequency((1, Gen.Constant(0)), (12, Gen.Constant(1)), (4, Gen.Constant(2)), (2, Gen.Constant(3)))
        select new FuzzCase(call, $"fuzz-{key}", [.. mutations.Take(count)]);

    /// <summary>Simpler ones: without one of the mutations.</summary>
    public static IEnumerable<FuzzCase> Shrink(FuzzCase fuzz) =>
        fuzz.Mutations.Select((_, i) => fuzz with { Mutations = [.. fuzz.Mutations.Where((_, j) => j != i)] });

    private static Gen<(int, int, T)> Zip<T>(this Gen<int> first, Gen<int> second, Gen<T> third) => first.Zip(second).Zip(third).Select(t => (t.Item1.Item1, t.Item1.Item2, t.Item2));

    private static Gen<Mutation> Of<T>(this Gen<(int, int, T)> drawn, Func<int, int, T, Mutation> make) => drawn.Select(t => make(t.Item1, t.Item2, t.Item3));

    private static string Character(int point, bool escaped)
    {
        if (point is >= 0xD800 and <= 0xDFFF) return $"\\u{point:x4}";
        var text = new Rune(point).ToString();
        return escaped ? string.Concat(text.Select(c => $"\\u{(int)c:x4}")) : point < 0x20 ? text : JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();
    }
}
