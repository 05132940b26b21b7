using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using FlashSale.Drop.Check;

namespace FlashSale.Drop.Operator;

/// <summary>
/// The operator's calls, and the public board. Few and not measured, so plain HttpClient. Every call may be repeated, so 503 is, and what a server
/// took with it when it died; then another one is asked, if there is one.
/// </summary>
internal sealed class OperatorApi : IDisposable
{
    const int LedgerPage = 1000, AttemptsMax = 20;

    // An audit reads the whole journal.
    static readonly TimeSpan CallLimit = TimeSpan.FromMinutes(5), RetryDelay = TimeSpan.FromMilliseconds(250);

    readonly HttpClient _http;
    readonly IReadOnlyList<Uri> _servers;
    readonly TimeProvider _time;
    int _current;
    bool _hasAnswered;

    public OperatorApi(IReadOnlyList<Uri> servers, string adminKey, TimeProvider time)
    {
        (_servers, _time) = (servers, time);
        _http = new HttpClient { Timeout = CallLimit };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
    }

    public Task<SkuView> PutSkuAsync(string sku, CancellationToken stop) =>
        CallAsync<SkuView>(HttpMethod.Put, $"/v1/admin/skus/{sku}", new { name = sku, price = new { amount = 79_900, currency = "CNY" } }, null, stop);

    public Task<SkuView> ReceiveAsync(string sku, int units, CancellationToken stop) =>
        CallAsync<SkuView>(HttpMethod.Post, $"/v1/admin/skus/{sku}/adjustments", new { delta = units, reason = "drop driver" }, $"receipt-{sku}", stop);

    public Task PutCampaignAsync(DropPlan plan, DateTimeOffset opensAt, DateTimeOffset closesAt, CancellationToken stop) =>
        CallAsync<JsonElement>(
            HttpMethod.Put,
            $"/v1/admin/campaigns/{plan.Campaign}",
            new
            {
                name = plan.Campaign,
                mode = "flow",
                opensAt = Rfc3339(opensAt),
                closesAt = Rfc3339(closesAt),
                limitPerShopper = plan.Limit,
                holdSeconds = plan.HoldSeconds,
                skus = new[] { new { sku = plan.Sku, units = plan.Stock } },
            },
            null,
            stop);

    public Task<SkuView> GetSkuAsync(string sku, CancellationToken stop) => GetAsync<SkuView>($"/v1/admin/skus/{sku}", stop);

    public Task<BoardView> GetBoardAsync(string campaign, CancellationToken stop) => GetAsync<BoardView>($"/v1/campaigns/{campaign}", stop);

    public async Task<string?> GetStoreAsync(CancellationToken stop) => (await GetAsync<ReadyView>("/health/ready", stop)).Store;

    public Task<AuditView> AuditAsync(CancellationToken stop) => GetAsync<AuditView>("/v1/admin/audit", stop);

    /// <summary>The ledger of a SKU from an event on, page by page, until a page comes empty.</summary>
    public async IAsyncEnumerable<LedgerEntry> ReadLedgerAsync(string sku, long after, [EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            var page = LedgerEntry.ReadPage(await GetAsync<JsonElement>($"/v1/admin/skus/{sku}/ledger?after={after}&limit={LedgerPage}", stop));
            if (page.Count == 0)
                yield break;
            foreach (var entry in page)
            {
                // Also what keeps a server that repeats a page from being read for ever.
                if (entry.Seq <= after)
                    throw new DropException($"The ledger of {sku} goes back from seq {after} to {entry.Seq}.");
                after = entry.Seq;
                yield return entry;
            }
        }
    }

    public void Dispose() => _http.Dispose();

    Task<T> GetAsync<T>(string path, CancellationToken stop) => CallAsync<T>(HttpMethod.Get, path, null, null, stop);

    async Task<T> CallAsync<T>(HttpMethod method, string path, object? body, string? key, CancellationToken stop)
    {
        for (var attempt = 1; ; attempt++)
        {
            var server = _servers[_current % _servers.Count];
            using var request = new HttpRequestMessage(method, new Uri(server, path));
            if (body is not null)
                request.Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
            if (key is not null)
                request.Headers.Add("Idempotency-Key", key);
            using var response = await SendAsync(request, server, isLast: attempt == AttemptsMax, stop);
            if (response?.IsSuccessStatusCode == true)
                return await ReadAsync<T>(response, $"{method} {path}", stop);
            if (response is not null && ((int)response.StatusCode != 503 || attempt == AttemptsMax))
                throw new DropException($"{method} {path} was answered {await DescribeAsync(response, stop)}");
            await Task.Delay(RetryDelay, _time, stop);
        }
    }

    /// <returns>Null when the connection broke and another attempt may help.</returns>
    async Task<HttpResponseMessage?> SendAsync(HttpRequestMessage request, Uri server, bool isLast, CancellationToken stop)
    {
        try
        {
            var response = await _http.SendAsync(request, stop);
            _hasAnswered = true;
            return response;
        }
        catch (Exception e) when (IsBroken(e) && _hasAnswered && !isLast)
        {
            _current++;
            return null;
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw new DropException($"No server answers at {server} ({e.Message}). Start one (./flashsale up) or correct --url.", e);
        }
        catch (TaskCanceledException e) when (!stop.IsCancellationRequested)
        {
            throw new DropException($"{request.Method} {request.RequestUri} was not answered within {CallLimit.TotalMinutes:0} minutes.", e);
        }
    }

    static async Task<T> ReadAsync<T>(HttpResponseMessage response, string call, CancellationToken stop)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync<T>(stop) ?? throw new DropException($"{call} was answered null.");
        }
        catch (JsonException e)
        {
            throw new DropException($"{call} was answered with something else than the contract says: {e.Message}", e);
        }
    }

    static async Task<string> DescribeAsync(HttpResponseMessage response, CancellationToken stop)
    {
        var status = (int)response.StatusCode;
        var body = Text.Start(await response.Content.ReadAsByteArrayAsync(stop));
        return status == 401 ? $"401: is --admin-key right? {body}" : $"{status}: {body}";
    }

    // A connection that is reset right after it was made comes out of the client's pool as a bare SocketException.
    static bool IsBroken(Exception e) => e is HttpRequestException or SocketException;

    static string Rfc3339(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");
}
