using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace FlashSale.Testing;

/// <summary>An answer: its status and its JSON, if any.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonNode? Json, string Text)
{
    public string? Code => Json?["code"]?.GetValue<string>();

    public string Id => Json!["id"]!.GetValue<string>();

    /// <summary>Of the answer and of its content.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>The calls of API.md, as a client makes them.</summary>
internal sealed class Api(string url) : IDisposable
{
    public const string AdminKey = "operators-key-of-the-tests";

    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 }) { BaseAddress = new Uri(url) };

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public async Task<string> Login(string name)
    {
        var answer = await Send(HttpMethod.Post, "/v1/sessions", $$"""{"code":"dev:{{name}}"}""");
        return answer.Json!["token"]!.GetValue<string>();
    }

    public Task<Answer> Hold(string token, string campaign, string sku, string key, int quantity = 1) =>
        Send(HttpMethod.Post, $"/v1/campaigns/{campaign}/holds", $$"""{"sku":"{{sku}}","quantity":{{quantity}}}""", token, key);

    public Task<Answer> Release(string token, string hold) => Send(HttpMethod.Delete, $"/v1/holds/{hold}", body: null, token);

    public Task<Answer> GetHold(string token, string hold) => Send(HttpMethod.Get, $"/v1/holds/{hold}", body: null, token);

    public Task<Answer> Campaign(string campaign) => Send(HttpMethod.Get, $"/v1/campaigns/{campaign}");

    public Task<Answer> Admin(HttpMethod method, string path, string? body = null, string? key = null) =>
        Send(method, "/v1/admin/" + path, body, AdminKey, key);

    public async Task<JsonNode> Sku(string sku) => (await Admin(HttpMethod.Get, $"skus/{sku}")).Json!;

    /// <summary>The journal keeps every promise; what it does not keep is the failure's text.</summary>
    public async Task AssertAuditHolds()
    {
        var audit = await Expect(Admin(HttpMethod.Get, "audit"));
        Assert.True((bool)audit.Json!["holds"]!, audit.Text);
    }

    public async Task<JsonArray> Ledger(string sku) => (await Admin(HttpMethod.Get, $"skus/{sku}/ledger?limit=1000")).Json!["events"]!.AsArray();

    /// <summary>A SKU with units in stock.</summary>
    public async Task MakeSku(string sku, long units)
    {
        await Expect(Admin(HttpMethod.Put, $"skus/{sku}", $$$"""{"name":"{{{sku}}} name","price":{"amount":79900,"currency":"CNY"}}"""));
        await Expect(Admin(HttpMethod.Post, $"skus/{sku}/adjustments", $$"""{"delta":{{units}},"reason":"receipt"}""", $"receipt-{sku}"));
    }

    public Task<Answer> PutCampaign(
        string campaign, int limit = 1, int holdSeconds = 600, DateTimeOffset? opensAt = null, DateTimeOffset? closesAt = null, params (string Sku, long Units)[] skus)
    {
        var opens = opensAt ?? TimeProvider.System.GetUtcNow().AddMinutes(-1);
        var list = string.Join(',', skus.Select(s => $$"""{"sku":"{{s.Sku}}","units":{{s.Units}}}"""));
        return Admin(HttpMethod.Put, $"campaigns/{campaign}", $$"""
            {"name":"{{campaign}} name","mode":"flow","opensAt":"{{Time(opens)}}","closesAt":"{{Time(closesAt ?? opens.AddHours(2))}}",
             "limitPerShopper":{{limit}},"holdSeconds":{{holdSeconds}},"skus":[{{list}}]}
            """);
    }

    public static async Task<Answer> Expect(Task<Answer> call, HttpStatusCode status = HttpStatusCode.OK)
    {
        var answer = await call;
        Assert.True(status == answer.Status, $"{answer.Status} {answer.Text}");
        return answer;
    }

    /// <summary>Asks until the answer is the one waited for. It is the signal; the bound is only there so that a broken build ends.</summary>
    public static async Task<T> Eventually<T>(Func<Task<T>> ask, Func<T, bool> until)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await ask();
            if (until(answer)) return answer;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }

    public async Task<Answer> Send(
        HttpMethod method, string path, string? body = null, string? token = null, string? key = null, Action<HttpRequestMessage>? adjust = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        adjust?.Invoke(request);
        using var response = await Sent(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text) : null, text)
        {
            Headers = response.Headers.Concat(response.Content.Headers).ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase),
        };
    }

    public void Dispose() => _http.Dispose();

    // A connection that is reset right after it was made comes out of the client's pool as a bare SocketException.
    private async Task<HttpResponseMessage> Sent(HttpRequestMessage request)
    {
        try
        {
            return await _http.SendAsync(request);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }
}
