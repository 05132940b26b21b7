using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace FlashSale.Silo.Tests.Telemetry;

/// <summary>Receives OTLP, over HTTP/1.1 or gRPC, and keeps the bytes: what is looked for in them are names, which protobuf leaves readable.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _received = new();
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly WebApplication _app;

    private Collector(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        _app = builder.Build();
        _app.Run(Receive);
    }

    public string Url => _app.Urls.First();

    /// <summary>Answered to each export over HTTP/1.1.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    public static async Task<Collector> Start(bool grpc = false)
    {
        var collector = new Collector(grpc ? HttpProtocols.Http2 : HttpProtocols.Http1);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Waits for one export more.</summary>
    public async Task Next() => Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(60)), "no export came");

    /// <summary>Waits until all of these have come with exports of the signal.</summary>
    public Task Contains(string signal, params string[] texts) => Contains(signal, texts.Select(Encoding.UTF8.GetBytes).ToArray(), string.Join(", ", texts));

    public Task Contains(string signal, byte[] bytes) => Contains(signal, [bytes], Convert.ToHexString(bytes));

    public bool Has(string signal, string text) => Has(signal, Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _arrived.Dispose();
    }

    private async Task Contains(string signal, byte[][] wanted, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!wanted.All(text => Has(signal, text)))
        {
            Assert.True(await _arrived.WaitAsync(TimeSpan.FromSeconds(60)), $"{signal} without {what}"); // What a signal repeats of itself comes again.
            Assert.False(patience.IsCancellationRequested, $"{signal} without {what}");
        }
    }

    private bool Has(string signal, byte[] bytes) =>
        _received.Any(r => r.Path.Contains(signal, StringComparison.OrdinalIgnoreCase) && r.Body.AsSpan().IndexOf(bytes) >= 0);

    private async Task Receive(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        _received.Enqueue((http.Request.Path, body.ToArray()));
        _arrived.Release();
        if (http.Request.ContentType != "application/grpc")
        {
            http.Response.StatusCode = Status;
            return;
        }

        http.Response.ContentType = "application/grpc";
        http.Response.DeclareTrailer("grpc-status");
        await http.Response.Body.WriteAsync(new byte[5]); // An empty message: all was taken.
        http.Response.AppendTrailer("grpc-status", "0");
    }
}
