using System.Collections.Immutable;
using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Gateway.Http;
using Orleans;

namespace FlashSale.Gateway.Operators;

/// <summary><c>/v1/admin/skus</c>.</summary>
internal sealed class SkuEndpoints(IGrainFactory grains)
{
    // No shopper's id has a colon, so no shopper can take an operator's operation id.
    private const string Operator = "operator:";

    private static readonly Problem NoSku = new(ProblemKind.NotFound, "There is no such SKU: make it by PUT /v1/admin/skus/{sku}.");

    public void Map(IEndpointRouteBuilder routes, Stages stages)
    {
        routes.MapPut("/v1/admin/skus/{sku}", stages.OperatorWithBody(Put));
        routes.MapGet("/v1/admin/skus/{sku}", stages.Operator(Get));
        routes.MapGet("/v1/admin/skus", stages.Operator(GetAll));
        routes.MapPost("/v1/admin/skus/{sku}/adjustments", stages.OperatorWithBody(Adjust));
        routes.MapGet("/v1/admin/skus/{sku}/ledger", stages.Operator(GetLedger));
    }

    private async Task<Answer> Put(Call call)
    {
        if (!call.TryId<Sku>("sku", out var sku, out var problem)
            || !call.TryBody(RequestJson.Default.SkuRequest, out var request, out problem)
            || !request.TryCheck(out problem)) return problem;
        var entry = new CatalogEntry(request.Name, request.Price);
        await grains.Catalog(sku).Put(entry); // First, so that no SKU can be sold that nobody has named.
        var result = await grains.Stock(sku).Execute(new Register());
        if (result.Status != Status.Accepted) return Problem.Of(result.Status, result.Detail);
        return Answer.Json(new Article(result.View ?? await grains.Stock(sku).View(), entry), Write);
    }

    private async Task<Answer> Get(Call call)
    {
        if (!call.TryId<Sku>("sku", out var sku, out var problem)) return problem;
        return await Read(sku) is { } article ? Answer.Json(article, Write) : NoSku;
    }

    private Task<Answer> GetAll(Call call) => Pages.Read<Sku, Article>(call, grains, LedgerKind.Stock, "skus", Read, Write);

    private async Task<Answer> Adjust(Call call)
    {
        if (!call.TryId<Sku>("sku", out var sku, out var problem)
            || !call.TryIdempotencyKey(out var key, out problem)
            || !call.TryBody(RequestJson.Default.AdjustmentRequest, out var request, out problem)
            || !request.TryCheck(out problem)) return problem;
        if (!(await grains.Stock(sku).View()).Registered) return NoSku;
        var entry = await Named(sku);
        var operation = OperationId.Of(Operator, "adjust:" + sku.Value, key);
        var adjustment = new Adjustment(operation, sku, request.Delta, request.Reason, new Told(entry.Name, entry.Price));
        var result = await grains.OperatorKey(OperationId.Of(Operator, "adjust", key)).Adjust(adjustment);
        return result.Status == Status.Accepted
            ? Answer.Json(new Article(result.View!, result.Told is { } first ? new CatalogEntry(first.Name, first.Price) : entry), Write)
            : Problem.Of(result.Status, result.Detail);
    }

    private async Task<Answer> GetLedger(Call call)
    {
        if (!call.TryId<Sku>("sku", out var sku, out var problem)
            || !call.TryQuery(["after", "limit"], out problem)
            || !call.TryNumber("after", 0, 0, long.MaxValue, out var after, out problem)
            || !call.TryNumber("limit", 200, 1, 1000, out var limit, out problem)) return problem;
        var events = await grains.Journal().Read(sku, after, (int)limit);
        if (events.Length == 0 && !(await grains.Stock(sku).View()).Registered) return NoSku;
        return Answer.Json((events, next: events.Length == limit ? events[^1].Seq : (long?)null), WriteLedger);
    }

    private async Task<Article?> Read(Sku sku)
    {
        var view = await grains.Stock(sku).View();
        return view.Registered ? new Article(view, await Named(sku)) : null;
    }

    private async Task<CatalogEntry> Named(Sku sku) => await grains.Catalog(sku).Get() ?? new CatalogEntry(sku.Value, Money.None);

    private static void Write(Utf8JsonWriter json, Article article)
    {
        var (view, entry) = article;
        json.WriteStartObject();
        json.WriteString("sku", view.Sku.Value);
        json.WriteString("name", entry.Name);
        json.WritePrice("price", entry.Price);
        json.WriteNumber("received", view.Received);
        WriteFigures(json, view.Available, view.Held, view.Sold);
        json.WriteNumber("withdrawn", view.Withdrawn);
        json.WriteStartObject("pools");
        json.WriteStartObject(GeneralPool);
        WriteFigures(json, view.General, 0, 0);
        json.WriteEndObject();
        foreach (var pool in view.Pools)
        {
            json.WriteStartObject(pool.Campaign.Value);
            json.WriteNumber("units", pool.Units);
            WriteFigures(json, pool.Available, pool.Held, pool.Sold);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteNumber("epoch", view.Epoch);
        json.WriteNumber("seq", view.Seq);
        json.WriteEndObject();
    }

    /// <summary>Stands beside the campaigns' ids in <c>pools</c>, so it cannot be one of them.</summary>
    public const string GeneralPool = "general";

    public static void WriteFigures(Utf8JsonWriter json, long available, long held, long sold)
    {
        json.WriteNumber("available", available);
        json.WriteNumber("held", held);
        json.WriteNumber("sold", sold);
    }

    private static void WriteLedger(Utf8JsonWriter json, (ImmutableArray<LedgerEvent> Events, long? Next) page)
    {
        json.WriteStartObject();
        json.WriteStartArray("events");
        foreach (var one in page.Events)
        {
            json.WriteStartObject();
            json.WriteNumber("seq", one.Seq);
            json.WriteString("at", TimeJsonConverter.Text(one.At));
            json.WriteString("type", one.Type);
            json.WriteString("operation", one.Operation?.ToString());
            json.WritePropertyName("payload");
            json.WriteRawValue(one.Payload);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (page.Next is { } next) json.WriteNumber("next", next);
        else json.WriteNull("next");
        json.WriteEndObject();
    }

    private sealed record Article(StockView View, CatalogEntry Entry);
}
