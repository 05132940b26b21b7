using System.Text;

namespace FlashSale.Silo.Tests.BadInput;

/// <summary>One row of the table: what is sent, and what it must be answered.</summary>
/// <param name="Call">The call it was meant for, as in the document of all calls.</param>
/// <param name="Input">What is wrong with it.</param>
/// <param name="Request">May hold the names of <see cref="BadInputShop.Fill"/>.</param>
/// <param name="Status">Expected status.</param>
/// <param name="Code">Expected code; empty where Kestrel answers by itself, without a body.</param>
internal sealed record BadCase(string Call, string Input, RawRequest Request, int Status, string Code)
{
    public override string ToString() => $"{Call}: {Input}";
}

/// <summary>A valid request for each call, from which the bad ones differ by one thing.</summary>
internal static class GoodRequest
{
    public const string Session = "POST /v1/sessions";
    public const string Hold = "POST /v1/campaigns/{campaign}/holds";
    public const string GetHold = "GET /v1/holds/{hold}";
    public const string DeleteHold = "DELETE /v1/holds/{hold}";
    public const string Campaign = "GET /v1/campaigns/{campaign}";
    public const string PutSku = "PUT /v1/admin/skus/{sku}";
    public const string Adjust = "POST /v1/admin/skus/{sku}/adjustments";
    public const string Ledger = "GET /v1/admin/skus/{sku}/ledger";
    public const string Skus = "GET /v1/admin/skus";
    public const string PutCampaign = "PUT /v1/admin/campaigns/{campaign}";
    public const string AdminCampaigns = "GET /v1/admin/campaigns";

    private static readonly Dictionary<string, string> Bodies = new()
    {
        [Session] = """{"code":"dev:mei"}""",
        [Hold] = """{"sku":"shoe","quantity":1}""",
        [PutSku] = """{"name":"Dunk Low 42","price":{"amount":79900,"currency":"CNY"}}""",
        [Adjust] = """{"delta":5,"reason":"receipt 4711"}""",
        [PutCampaign] = """
            {"name":"Dunk Low","mode":"flow","opensAt":"2999-11-11T10:00:00.000Z","closesAt":"2999-11-11T12:00:00.000Z","limitPerShopper":1,"holdSeconds":600,
             "skus":[{"sku":"shoe","units":1}]}
            """,
    };

    public static string BodyOf(string call) => Bodies[call];

    public static RawRequest Of(string call)
    {
        var (method, path) = (call.Split(' ')[0], call.Split(' ')[1]);
        List<string> headers = ["Host: shop"];
        if (path.StartsWith("/v1/admin", StringComparison.Ordinal)) headers.Add("Authorization: Bearer <admin>");
        else if (call is Hold or GetHold or DeleteHold) headers.Add("Authorization: Bearer <mei>");
        if (call is Hold or Adjust) headers.Add("Idempotency-Key: unused");
        var body = Encoding.UTF8.GetBytes(Bodies.GetValueOrDefault(call, ""));
        if (body.Length > 0) headers.AddRange(["Content-Type: application/json", $"Content-Length: {body.Length}"]);
        var target = path.Replace("{campaign}", "drop", StringComparison.Ordinal).Replace("{sku}", "shoe", StringComparison.Ordinal)
            .Replace("{shopper}", "mei", StringComparison.Ordinal).Replace("{hold}", "<hold>", StringComparison.Ordinal);
        return new RawRequest(method, target, headers, body);
    }

    public static RawRequest WithBody(this RawRequest request, byte[] body) =>
        request.With("Content-Length", $"{body.Length}") with { Body = body };

    /// <summary>Replaces the header; null removes it.</summary>
    public static RawRequest With(this RawRequest request, string header, string? value) => request with
    {
        Headers = [.. request.Headers.Where(h => !h.StartsWith(header + ":", StringComparison.OrdinalIgnoreCase)), .. value is null ? [] : new[] { $"{header}: {value}" }],
    };

    /// <summary>One more line of headers.</summary>
    public static RawRequest And(this RawRequest request, string line) => request with { Headers = [.. request.Headers, line] };
}
