using System.Net;
using FlashSale.Testing;

namespace FlashSale.Silo.Tests.Telemetry;

/// <summary>What a collector hears of a real process, and what a process does without one.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Metrics_and_the_spans_of_a_purchase_arrive(bool grpc)
    {
        await using var collector = await Collector.Start(grpc);
        using var silo = await Start(collector.Url, "1", "--FlashSale:Telemetry:OtlpProtocol", grpc ? "grpc" : "http/protobuf");
        using var api = new Api(silo.Url);
        await Buy(api);
        await collector.Contains(
            "metrics", "flashsale.purchase.attempts", "held", "flashsale.ledger.group.duration", "flashsale.store.up", "flashsale.keeper.lease",
            "http.server.request.duration", "/v1/campaigns/{campaign}/holds", "dotnet.gc.collections");
        await collector.Contains("trace", "POST /v1/campaigns/{campaign}/holds", "purchase", "stock.batch", "claim", "journal.group", "http.response.status_code");
        Assert.False(collector.Has("metrics", "shoe"), "an id became a tag");
    }

    [Fact]
    public async Task A_request_that_comes_traced_is_traced_whatever_the_share()
    {
        await using var collector = await Collector.Start();
        using var silo = await Start(collector.Url, "0");
        using var http = new HttpClient { BaseAddress = new Uri(silo.Url) };
        await http.GetAsync(new Uri("/health/live", UriKind.Relative));
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/v1/campaigns", UriKind.Relative));
        request.Headers.Add("traceparent", $"00-{trace}-b7ad6b7169203331-01");
        await http.SendAsync(request);
        await collector.Contains("trace", Convert.FromHexString(trace));
        Assert.False(collector.Has("trace", "health"), "the share is 0");
    }

    [Theory]
    [InlineData("http/protobuf")]
    [InlineData("grpc")]
    public async Task Without_the_collector_purchases_are_taken_one_line_tells_and_the_process_ends_in_good_order(string protocol)
    {
        using var silo = await Start("http://127.0.0.1:1", "1", "--FlashSale:Telemetry:OtlpProtocol", protocol);
        using var api = new Api(silo.Url);
        await silo.Said("Telemetry: ");
        await Buy(api);
        Assert.Equal(0, await silo.Terminate());
        Assert.Equal(1, silo.Says("Telemetry: "));
    }

    [Fact]
    public async Task The_first_line_says_what_serves_where()
    {
        using var silo = await SiloProcess.Start(_directory.Path);
        await silo.Said($"FlashSale 1.0 serves at {silo.Url}. Engine: ");
        Assert.Equal(1, silo.Says(" synchronous=FULL. Roles: silo, gateway. Telemetry goes to nowhere."));
    }

    private static async Task Buy(Api api)
    {
        await api.MakeSku("shoe", 1);
        await Api.Expect(api.PutCampaign("drop", skus: ("shoe", 1)));
        await Api.Expect(api.Hold(await api.Login("mei"), "drop", "shoe", "tap"), HttpStatusCode.Created);
    }

    private Task<SiloProcess> Start(string collector, string ratio, params string[] settings) => SiloProcess.Start(
        _directory.Path,
        ["--FlashSale:Telemetry:OtlpEndpoint", collector, "--FlashSale:Telemetry:TraceRatio", ratio, "--FlashSale:Telemetry:IntervalSeconds", "1", .. settings]);
}

/// <summary>What a collector hears of the database.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresExportTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Connections_are_measured_and_the_connection_string_stays_at_home()
    {
        await using var collector = await Collector.Start();
        using var directory = new TemporaryDirectory();
        using var silo = await SiloProcess.Start(
            directory.Path,
            "--ConnectionStrings:FlashSale", await cluster.NewSchema(),
            "--FlashSale:Telemetry:OtlpEndpoint", collector.Url, "--FlashSale:Telemetry:IntervalSeconds", "1");
        using var api = new Api(silo.Url);
        await Api.Expect(api.Admin(HttpMethod.Get, "audit"));
        await collector.Contains("metrics", "db.client.connection.count", "flashsale audit");
        Assert.False(collector.Has("metrics", "Username"), "a connection string was exported");
    }
}
