using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using FlashSale.Contracts;
using FlashSale.Gateway.Http;
using FlashSale.Gateway.OpenApi;
using Microsoft.AspNetCore.Routing;

namespace FlashSale.Gateway.Tests.OpenApi;

public sealed class OpenApiTests : IAsyncLifetime
{
    private const string Path = "/openapi/v1.json";

    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_document_is_the_golden_one()
    {
        var served = (await _host.Send(HttpMethod.Get, Path)).AssertStatus(200).Body + "\n";
        var golden = GoldenFile();
        var actual = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "flashsale-openapi.v1.json");
        if (File.Exists(golden) && await File.ReadAllTextAsync(golden) == served) return;
        await File.WriteAllTextAsync(actual, served);
        Assert.Fail($"The contract has changed. See the difference and, if it is meant: cp {actual} {golden}");
    }

    [Fact]
    public async Task It_is_not_sent_again_to_who_has_it()
    {
        var etag = (await _host.Send(HttpMethod.Get, Path)).Headers.ETag!.ToString();
        (await _host.Send(HttpMethod.Get, Path, adjust: request => request.Headers.TryAddWithoutValidation("If-None-Match", etag))).AssertStatus(304);
    }

    [Fact]
    public void It_has_every_route_and_no_other()
    {
        var mapped = _host.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .SelectMany(e => e.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {e.RoutePattern.RawText}"));
        Assert.Equal(mapped.Order(StringComparer.Ordinal), ApiCall.All.Select(c => $"{c.Method} {c.Path}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_reference_leads_somewhere()
    {
        var document = OpenApiDocument.Make();
        foreach (var reference in References(document))
        {
            JsonNode? node = document;
            foreach (var step in reference[2..].Split('/')) node = node?[step];
            Assert.True(node is not null, reference);
        }
    }

    [Fact]
    public void Every_code_of_a_refusal_is_in_the_document()
    {
        var documented = ApiCall.All.SelectMany(OpenApiDocument.CodesOf).Select(kind => kind.Code).ToHashSet();
        var later = new[] { Status.NotEligible, Status.AdmissionRequired, Status.Gone }; // No call of this version answers them.
        foreach (var status in Enum.GetValues<Status>().Except([Status.Accepted, .. later])) Assert.Contains(ProblemKind.Of(status).Code, documented);
    }

    public static TheoryData<string, string> NumbersInBodies => new()
    {
        { "HoldRequest", "quantity" }, { "AdjustmentRequest", "delta" }, { "CampaignRequest", "limitPerShopper" }, { "CampaignRequest", "holdSeconds" },
        { "CampaignRequest", "skus/items/properties/units" }, { "Money", "amount" },
    };

    [Theory]
    [MemberData(nameof(NumbersInBodies))]
    public void Ranges_are_those_that_the_code_checks(string schema, string member)
    {
        var node = Resolve(OpenApiDocument.Make(), $"#/components/schemas/{schema}/properties/{member}");
        var (least, most) = ((long)node["minimum"]!, (long)node["maximum"]!);
        Assert.True(Accepts(schema, member, least) && Accepts(schema, member, most), $"{least} to {most} is documented and refused");
        Assert.False(Accepts(schema, member, least - 1) || Accepts(schema, member, most + 1), $"more than {least} to {most} is accepted");
    }

    private static bool Accepts(string schema, string member, long value) => (schema, member) switch
    {
        ("HoldRequest", _) => new HoldRequest(Sample.Sku, (int)value).TryCheck(out _),
        ("AdjustmentRequest", _) => new AdjustmentRequest(value, "r").TryCheck(out _),
        ("Money", _) => new SkuRequest("n", new Money(value, "CNY")).TryCheck(out _),
        (_, "limitPerShopper") => (Campaign with { LimitPerShopper = (int)value }).TryCheck(out _, out _),
        (_, "holdSeconds") => (Campaign with { HoldSeconds = (int)value }).TryCheck(out _, out _),
        _ => (Campaign with { Skus = [new CampaignSkuRequest(Sample.Sku, value)] }).TryCheck(out _, out _),
    };

    private static CampaignRequest Campaign => new("n", "flow", Sample.Start, Sample.Start.AddHours(1), 1, 600, [new CampaignSkuRequest(Sample.Sku, 1)]);

    private static JsonNode Resolve(JsonNode document, string pointer)
    {
        var node = document;
        foreach (var step in pointer[2..].Split('/')) node = node[step] ?? throw new InvalidOperationException(pointer);
        return node["$ref"] is { } other ? Resolve(document, (string)other!) : node;
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => m.Key == "$ref" ? [(string)m.Value!] : References(m.Value)),
        JsonArray elements => elements.SelectMany(References),
        _ => [],
    };

    private static string GoldenFile([CallerFilePath] string file = "") => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file)!, "openapi.v1.json");
}
