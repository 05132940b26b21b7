using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Operators;

public sealed class SkuEndpointsTests : IAsyncLifetime
{
    private const string Path = "/v1/admin/skus/dunk-low-42";
    private const string Adjustments = Path + "/adjustments";
    private const string Named = """{"name":"Dunk Low 42","price":{"amount":79900,"currency":"CNY"}}""";

    private static readonly StockView Figures = new(Sample.Sku, true, 510, 10, 0, [new PoolView(Sample.Campaign, 0, 380, 120)], 3, 812);

    private const string FiguresJson = """
        {"sku":"dunk-low-42","name":"Dunk Low 42","price":{"amount":79900,"currency":"CNY"},"received":510,"available":0,"held":380,"sold":120,"withdrawn":10,
        "pools":{"general":{"available":0,"held":0,"sold":0},"dunk-low":{"units":500,"available":0,"held":380,"sold":120}},"epoch":3,"seq":812}
        """;

    private GatewayHost _host = null!;

    private FakeStock Stock => _host.Grains.Stock();

    public async Task InitializeAsync()
    {
        _host = await GatewayHost.Start();
        Stock.Current = Figures;
        _host.Grains.Catalog().Entry = new CatalogEntry("Dunk Low 42", Sample.Price);
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_SKU_is_named_then_registered()
    {
        _host.Grains.Catalog().Entry = null;
        Stock.OnExecute = _ => _host.Grains.Catalog().Entry is null ? throw new InvalidOperationException("registered before it was named") : new StockResult(Status.Accepted);
        (await _host.AsOperator(HttpMethod.Put, Path, Named)).AssertJson(200, FiguresJson);
        Assert.IsType<Register>(Assert.Single(Stock.Commands));
        Assert.Equal(new CatalogEntry("Dunk Low 42", Sample.Price), _host.Grains.Catalog().Entry);
    }

    [Fact]
    public async Task A_SKU_is_shown() => (await _host.AsOperator(HttpMethod.Get, Path)).AssertJson(200, FiguresJson);

    [Fact]
    public async Task A_SKU_that_nobody_made_is_not_found()
    {
        Stock.Current = Figures with { Registered = false };
        (await _host.AsOperator(HttpMethod.Get, Path)).AssertProblem(404, "not_found");
        (await _host.AsOperator(HttpMethod.Get, Path + "/ledger")).AssertProblem(404, "not_found");
        (await _host.AsOperator(HttpMethod.Post, Adjustments, """{"delta":1,"reason":"r"}""", "k1")).AssertProblem(404, "not_found");
        Assert.Empty(_host.Grains.OperatorKey("k1").Adjustments);
    }

    [Fact]
    public async Task Units_arrive_and_leave()
    {
        var told = new Told("Dunk Low 42", new Money(79900, "CNY"));
        foreach (var (key, delta, reason) in new[] { ("k1", 500, "receipt 4711"), ("k2", -7, "broken") })
        {
            _host.Grains.OperatorKey(key).OnAdjust = _ => new StockResult(Status.Accepted, View: Figures, Told: told);
            (await _host.AsOperator(HttpMethod.Post, Adjustments, $$"""{"delta":{{delta}},"reason":"{{reason}}"}""", key)).AssertJson(200, FiguresJson);
            // The operation in the SKU's ledger is the one of versions whose keys were scoped to the SKU: their repeats are answered, too.
            Assert.Equal(
                new Adjustment(OperationId.Of("operator:", "adjust:dunk-low-42", key), Sample.Sku, delta, reason, told),
                Assert.Single(_host.Grains.OperatorKey(key).Adjustments));
        }
    }

    [Fact]
    public async Task A_repeated_adjustment_shows_the_stock_as_it_was_right_after_it()
    {
        Stock.Current = Figures with { Seq = 9999 };
        _host.Grains.Catalog().Entry = new CatalogEntry("renamed since", new Money(1, "EUR"));
        _host.Grains.OperatorKey("k1").OnAdjust = _ => new StockResult(Status.Accepted, Repeated: true, View: Figures, Told: new Told("Dunk Low 42", Sample.Price));
        (await _host.AsOperator(HttpMethod.Post, Adjustments, """{"delta":500,"reason":"receipt 4711"}""", "k1")).AssertJson(200, FiguresJson);
    }

    [Theory]
    [InlineData(Status.Conflict, 409, "conflict")]
    [InlineData(Status.IdempotencyMismatch, 422, "idempotency_mismatch")]
    public async Task An_adjustment_is_refused(Status status, int http, string code)
    {
        _host.Grains.OperatorKey("k1").OnAdjust = _ => new StockResult(status, Detail: "Only 3 general units are available.");
        var reply = (await _host.AsOperator(HttpMethod.Post, Adjustments, """{"delta":-7,"reason":"broken"}""", "k1")).AssertProblem(http, code);
        Assert.Equal("Only 3 general units are available.", reply.Detail);
    }

    [Fact]
    public async Task An_adjustment_needs_a_key() =>
        (await _host.AsOperator(HttpMethod.Post, Adjustments, """{"delta":1,"reason":"r"}""")).AssertProblem(400, "bad_request");

    [Fact]
    public async Task SKUs_are_listed_page_by_page()
    {
        _host.Grains.Journal.Ids = ["a", "b", "c", "d"];
        _host.Grains.Stock("b").Current = Figures with { Sku = new Sku("b"), Registered = false };
        var first = (await _host.AsOperator(HttpMethod.Get, "/v1/admin/skus?limit=3")).AssertStatus(200).Json;
        Assert.Equal(["a", "c"], first.GetProperty("skus").EnumerateArray().Select(s => s.GetProperty("sku").GetString()));
        Assert.Equal("c", first.GetProperty("next").GetString());
        var last = (await _host.AsOperator(HttpMethod.Get, "/v1/admin/skus?limit=3&after=c")).Json;
        Assert.Equal(["d"], last.GetProperty("skus").EnumerateArray().Select(s => s.GetProperty("sku").GetString()));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, last.GetProperty("next").ValueKind);
    }

    [Fact]
    public async Task The_ledger_is_read_page_by_page()
    {
        _host.Grains.Journal.Events =
        [
            new LedgerEvent(1, Sample.Start, "Registered", null, "{}"),
            new LedgerEvent(2, Sample.Start.AddMilliseconds(5), "Held", new OperationId(1, 2), """{"quantity":1}"""),
        ];
        (await _host.AsOperator(HttpMethod.Get, Path + "/ledger?limit=1")).AssertJson(200, """
            {"events":[{"seq":1,"at":"2026-11-11T10:00:00.000Z","type":"Registered","operation":null,"payload":{}}],"next":1}
            """);
        (await _host.AsOperator(HttpMethod.Get, Path + "/ledger?after=1")).AssertJson(200, """
            {"events":[{"seq":2,"at":"2026-11-11T10:00:00.005Z","type":"Held","operation":"00000000000000010000000000000002","payload":{"quantity":1}}],"next":null}
            """);
        (await _host.AsOperator(HttpMethod.Get, Path + "/ledger?after=2")).AssertJson(200, """{"events":[],"next":null}""");
    }
}
