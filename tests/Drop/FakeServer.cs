using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlashSale.Drop.Tests;

/// <summary>
/// A <see cref="FakeShop"/> behind a real port: just the calls that the driver makes. This assembly can also be started as a program, as the
/// driver starts its own server: then it listens where its environment says.
/// </summary>
public sealed class FakeServer : IAsyncDisposable
{
    public const string AdminKey = "fake-key";

    readonly WebApplication _app;
    readonly Lie _lie;
    readonly string _adminKey;

    readonly ConcurrentQueue<string> _keys = new();
    volatile TaskCompletionSource? _missed;
    int _misses;

    FakeServer(WebApplication app, Lie lie, string adminKey, FakeShop shop) => (_app, _lie, _adminKey, Shop) = (app, lie, adminKey, shop);

    public FakeShop Shop { get; }

    /// <summary>The keys of all hold requests that came here.</summary>
    public IReadOnlyCollection<string> Keys => _keys;

    public Uri Url => new(_app.Urls.Single());

    /// <summary>Runs until SIGTERM, then ends with the given exit code.</summary>
    public static async Task<int> Main(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var server = new FakeServer(builder.Build(), Lie.None, builder.Configuration["FlashSale:AdminKey"]!, new FakeShop(Lie.None));
        server.Map();
        await server._app.RunAsync();
        return args.Length > 0 ? int.Parse(args[0]) : 0;
    }

    /// <param name="shop">Another server's, to sell from the same shelf.</param>
    public static async Task<FakeServer> StartAsync(Lie lie, FakeShop? shop = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new FakeServer(builder.Build(), lie, AdminKey, shop ?? new FakeShop(lie));
        server.Map();
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Cuts every connection that asks for something, until so many have been cut.</summary>
    public async Task BeDownAsync(int requests)
    {
        _misses = requests;
        _missed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _missed.Task;
        _missed = null;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    void Map()
    {
        _app.Use(CutWhileDown);
        _app.Use(RefuseStrangers);
        _app.MapGet("/health/ready", () => new { ready = true, store = "memory" });
        _app.MapPost("/v1/sessions", (JsonElement login) => new { token = "t." + login.GetProperty("code").GetString()!["dev:".Length..] });
        _app.MapGet("/v1/campaigns/{id}", Board);
        _app.MapGet("/v1/campaigns/{id}/events", EventsAsync);
        _app.MapPost("/v1/campaigns/{id}/holds", HoldAsync);
        _app.MapDelete("/v1/holds/{id}", (HttpContext http, string id) => Results.StatusCode(Shop.Release(ShopperOf(http), id)));
        _app.MapPut("/v1/admin/skus/{sku}", (string sku) => PutSku(sku));
        _app.MapGet("/v1/admin/skus/{sku}", (string sku) => Shop.View());
        _app.MapPost("/v1/admin/skus/{sku}/adjustments", (JsonElement body) => Receive(body.GetProperty("delta").GetInt32()));
        _app.MapPut("/v1/admin/campaigns/{id}", PutCampaign);
        _app.MapGet("/v1/admin/skus/{sku}/ledger", (long after, int limit) => Ledger(after, limit));
        _app.MapGet("/v1/admin/audit", () => new
        {
            holds = _lie != Lie.AuditFails,
            promises = new[] { new { id = "P1", holds = _lie != Lie.AuditFails, @checked = 1, detail = "as told" } },
        });
    }

    Task CutWhileDown(HttpContext http, RequestDelegate next)
    {
        if (_missed is not { } missed)
            return next(http);
        http.Abort();
        if (Interlocked.Decrement(ref _misses) == 0)
            missed.SetResult();
        return Task.CompletedTask;
    }

    Task RefuseStrangers(HttpContext http, RequestDelegate next)
    {
        var isAdmin = http.Request.Path.StartsWithSegments("/v1/admin", StringComparison.Ordinal);
        if (!isAdmin || http.Request.Headers.Authorization == "Bearer " + _adminKey)
            return next(http);
        http.Response.StatusCode = 401;
        return Task.CompletedTask;
    }

    object PutSku(string sku)
    {
        Shop.Sku = sku;
        return Shop.View();
    }

    object Receive(int units)
    {
        Shop.Receive(units);
        return Shop.View();
    }

    object PutCampaign(string id, JsonElement body)
    {
        Shop.Campaign = id;
        Shop.Limit = body.GetProperty("limitPerShopper").GetInt32();
        return new { id };
    }

    object Board(string id) => new
    {
        id,
        state = "open",
        nextPollMs = 10,
        skus = new[] { new { sku = Shop.Sku, availability = Shop.Available > 0 ? "low" : "soldOut" } },
    };

    // A comment and an event that comes in two pieces: both must be understood.
    async Task EventsAsync(HttpContext http, string id)
    {
        do
        {
            var board = JsonSerializer.Serialize(new { id, state = Shop.Available > 0 ? "open" : "soldOut" });
            await http.Response.WriteAsync(":\n\nevent: board\ndata: " + board[..20]);
            await http.Response.Body.FlushAsync();
            await http.Response.WriteAsync(board[20..] + "\n\n");
            await http.Response.Body.FlushAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        }
        while (!http.RequestAborted.IsCancellationRequested && _lie != Lie.EndsItsStreams);
    }

    object Ledger(long after, int limit) => new
    {
        // Small pages, so that the driver has to turn them.
        events = Shop.Page(after, Math.Min(limit, 37)).Select(e => new { seq = e.Seq, at = e.At, type = e.Type, operation = e.Operation, payload = e.Payload }),
    };

    async Task HoldAsync(HttpContext http)
    {
        var key = http.Request.Headers["Idempotency-Key"].Single()!;
        _keys.Enqueue(key);
        var decision = Shop.Hold(ShopperOf(http), key);
        if (decision.Cut)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = decision.Status;
        // Refusals by length, holds in chunks: both ways must be understood.
        if (decision.Status != 201)
            http.Response.ContentLength = decision.Body.Length;
        await http.Response.WriteAsync(decision.Body);
    }

    static string ShopperOf(HttpContext http) => http.Request.Headers.Authorization.Single()!["Bearer t.".Length..];
}
