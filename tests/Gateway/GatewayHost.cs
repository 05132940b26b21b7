using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Gateway.Health;
using FlashSale.Gateway.Sessions;
using FlashSale.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlashSale.Gateway.Tests;

/// <summary>The gateway on a real port, over grains made by hand. The sample campaign is open.</summary>
internal sealed class GatewayHost : IAsyncDisposable
{
    public const string AdminKey = "admin-key-of-the-tests";
    public const string TokenKey = "token-key-of-the-tests";

    private readonly WebApplication _app;
    private readonly Lazy<string> _token;

    private GatewayHost(WebApplication app, FakeGrains grains, ManualTimeProvider time, FakeHostStatus status, BugLog bugs)
    {
        _app = app;
        Grains = grains;
        Time = time;
        Status = status;
        Bugs = bugs;
        Client = new HttpClient(new SocketsHttpHandler { RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8 }) { BaseAddress = new Uri(app.Urls.Single()) };
        _token = new Lazy<string>(() => TokenOf(Sample.ShopperName));
    }

    public FakeGrains Grains { get; }

    public ManualTimeProvider Time { get; }

    public FakeHostStatus Status { get; }

    public BugLog Bugs { get; }

    public HttpClient Client { get; }

    /// <summary>A token of the sample shopper.</summary>
    public string Token => _token.Value;

    public T Service<T>()
        where T : class => _app.Services.GetRequiredService<T>();

    public static async Task<GatewayHost> Start(params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["FlashSale:AdminKey"] = AdminKey, ["FlashSale:TokenKey"] = TokenKey, ["FlashSale:DrainSeconds"] = "0" });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("FlashSale:" + s.Key, (string?)s.Value)));
        var bugs = new BugLog();
        builder.Logging.ClearProviders().AddProvider(bugs);
        var grains = new FakeGrains();
        grains.Campaign().Board = Sample.Board;
        grains.Campaign().Current = Sample.View;
        var time = new ManualTimeProvider();
        var status = new FakeHostStatus();
        builder.Services
            .AddSingleton(grains.Factory)
            .AddSingleton<TimeProvider>(time)
            .AddSingleton<ILedgerClock>(new FakeLedgerClock(time))
            .AddSingleton<IHostStatus>(status)
            .AddFlashSaleGateway(builder.Configuration, builder.Environment);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var started = builder.Build();
        started.MapFlashSaleGateway();
        await started.StartAsync();
        return new GatewayHost(started, grains, time, status, bugs);
    }

    public string TokenOf(string shopper) => Service<SessionTokens>().Make(new ShopperId(shopper)).Token;

    /// <summary>Asks for a hold as the sample shopper does.</summary>
    public Task<Reply> Hold(string key = "k1", string body = """{"sku":"dunk-low-42","quantity":1}""", string campaign = Sample.CampaignName) =>
        Send(HttpMethod.Post, $"/v1/campaigns/{campaign}/holds", body, Token, key);

    public Task<Reply> AsOperator(HttpMethod method, string path, string? body = null, string? key = null) => Send(method, path, body, AdminKey, key);

    public async Task<Reply> Send(HttpMethod method, string path, string? body = null, string? bearer = null, string? key = null, Action<HttpRequestMessage>? adjust = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }

        if (bearer is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        adjust?.Invoke(request);
        using var response = await Client.SendAsync(request);
        return new Reply(response, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends what no well-behaved client would.</summary>
    /// <returns>All that came back until the server closed the connection.</returns>
    public async Task<string> SendRaw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(Client.BaseAddress!.Host, Client.BaseAddress.Port);
        await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(request.ReplaceLineEndings("\r\n")));
        return await new StreamReader(client.GetStream()).ReadToEndAsync();
    }

    /// <summary>Waits for what nobody signals. The bound is only there so that a broken build ends.</summary>
    public static Task Until(Func<bool> done) => Until(() => Task.FromResult(done()));

    public static async Task Until(Func<Task<bool>> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await done())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        Client.Dispose();
    }
}

/// <summary>An answer as a client sees it.</summary>
internal sealed class Reply(HttpResponseMessage response, string body)
{
    public HttpStatusCode Status => response.StatusCode;

    public HttpResponseHeaders Headers => response.Headers;

    public HttpContentHeaders ContentHeaders => response.Content.Headers;

    public string Body => body;

    public JsonElement Json => JsonDocument.Parse(body).RootElement;

    public string? Code => Json.GetProperty("code").GetString();

    public string? Detail => Json.GetProperty("detail").GetString();

    /// <summary>Fails unless it is this error in the common shape.</summary>
    public Reply AssertProblem(int status, string code)
    {
        Assert.True(body.Length > 0, $"{status} {code} expected, {(int)Status} without a body received");
        Assert.Equal((status, code), ((int)Status, Code));
        Assert.Equal("application/problem+json", ContentHeaders.ContentType?.ToString());
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.NotEmpty(Json.GetProperty("title").GetString()!);
        Assert.NotEmpty(Detail!);
        return this;
    }

    public Reply AssertJson(int status, string json)
    {
        Assert.Equal((status, json.ReplaceLineEndings("")), ((int)Status, body));
        Assert.Equal("application/json", ContentHeaders.ContentType?.ToString());
        return this;
    }

    public Reply AssertStatus(int status)
    {
        Assert.Equal((status, ""), ((int)Status, (int)Status == status ? "" : body));
        return this;
    }
}

internal sealed class FakeHostStatus : IHostStatus
{
    public bool Ready { get; set; } = true;

    public string Engine => "Embedded 1.0";

    public string Store => "Sqlite 3.50.4 synchronous=FULL";

    public IReadOnlyList<string> Roles => ["silo", "gateway"];

    public bool Draining { get; set; }
}

/// <summary>Keeps what was logged as an error.</summary>
internal sealed class BugLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Errors { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Errors.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}
