using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace FlashSale.Silo.Tests;

/// <summary>The product as a real process: what it says when it cannot start, how it stops, and what a kill leaves behind.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task After_kill_9_in_a_drop_every_201_is_still_held_and_expires_without_traffic()
    {
        const int units = 300;
        var promised = new ConcurrentDictionary<string, (string Token, string Expires)>();
        using (var silo = await SiloProcess.Start(_directory.Path))
        {
            using var api = new Api(silo.Url);
            await api.MakeSku("shoe", units);
            await Api.Expect(api.PutCampaign("drop", holdSeconds: 8, skus: ("shoe", units)));
            var tokens = await Task.WhenAll(Enumerable.Range(0, 400).Select(i => api.Login($"shopper{i}")));

            // Killed when a third is sold, with the rest of the crowd at every stage of its requests.
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var crowd = Task.WhenAll(tokens.Select(token => Buy(api, token, promised, () =>
            {
                if (promised.Count > units / 3) enough.TrySetResult();
            })));
            await enough.Task.WaitAsync(TimeSpan.FromSeconds(60));
            await silo.Kill();
            await crowd;
        }

        using var again = await SiloProcess.Start(_directory.Path);
        using var after = new Api(again.Url);
        var ledger = await LedgerUntil(after, l => Count(l, "Expired") == Count(l, "Held"));
        var held = ledger.Where(e => (string)e["type"]! == "Held").ToDictionary(e => (string)e["payload"]!["hold"]!);
        Assert.All(promised, p => Assert.Equal(p.Value.Expires, (string)held[p.Key]["payload"]!["expiresAt"]!));

        var bySeq = held.Values.ToDictionary(e => (long)e["seq"]!);
        var lateness = ledger.Where(e => (string)e["type"]! == "Expired")
            .Max(e => Time(e["at"]) - Time(bySeq[(long)e["payload"]!["generation"]!]["payload"]!["expiresAt"]));
        Assert.InRange(lateness, TimeSpan.Zero, TimeSpan.FromSeconds(2));

        var (hold, (shopper, _)) = promised.First();
        Assert.Equal("expired", (string)(await after.GetHold(shopper, hold)).Json!["state"]!);
        Assert.Equal(units, (int)(await after.Sku("shoe"))["available"]!);
        await after.AssertAuditHolds();
    }

    [Fact]
    public async Task A_retry_after_the_kill_gets_the_first_answer()
    {
        string token, first, adjusted;
        using (var silo = await SiloProcess.Start(_directory.Path))
        {
            using var api = new Api(silo.Url);
            await api.MakeSku("shoe", 1);
            await Api.Expect(api.PutCampaign("drop", skus: ("shoe", 1)));
            token = await api.Login("mei");
            first = (await Api.Expect(api.Hold(token, "drop", "shoe", "tap"), HttpStatusCode.Created)).Text;
            adjusted = (await Api.Expect(Adjust(api))).Text;
            await api.Admin(HttpMethod.Put, "skus/shoe", """{"name":"renamed since","price":{"amount":1,"currency":"EUR"}}""");
            await silo.Kill();
        }

        using var again = await SiloProcess.Start(_directory.Path);
        using var after = new Api(again.Url);
        Assert.Equal(first, (await after.Hold(token, "drop", "shoe", "tap")).Text);
        Assert.Equal(adjusted, (await Adjust(after)).Text);
        Assert.Equal(0, await again.Terminate());
        Assert.False(File.Exists(Path.Combine(_directory.Path, "flashsale.db-wal")), "the store was not closed in good order");
    }

    [Fact]
    public async Task Open_event_streams_end_at_SIGTERM_and_hold_up_no_stop()
    {
        using var silo = await SiloProcess.Start(_directory.Path);
        using var api = new Api(silo.Url);
        await api.MakeSku("shoe", 1);
        await Api.Expect(api.PutCampaign("drop", skus: ("shoe", 1)));
        using var http = new HttpClient { BaseAddress = new Uri(silo.Url) };
        using var stream = new StreamReader(await http.GetStreamAsync(new Uri("/v1/campaigns/drop/events", UriKind.Relative)));
        while (await stream.ReadLineAsync() is not "")
        {
        }

        var ended = stream.ReadToEndAsync();
        Assert.Equal(0, await silo.Terminate());
        Assert.DoesNotContain("event:", await ended, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_process_on_the_same_directory_refuses_to_start_in_one_line()
    {
        using var silo = await SiloProcess.Start(_directory.Path);
        await AssertRefusesToStart("in use", []);
    }

    [Theory]
    [InlineData("TokenKey", "--environment", "Production")]
    [InlineData("Login", "--FlashSale:Login", "Guess")]
    [InlineData("SessionHours", "--FlashSale:SessionHours", "0")]
    [InlineData("Demo", "--FlashSale:Demo", "maybe")]
    [InlineData("127.0.0.1:1", "--ConnectionStrings:FlashSale", "Host=127.0.0.1;Port=1;Username=nobody")]
    [InlineData("--urls", "--urls", "nonsense")]
    [InlineData("OtlpEndpoint", "--FlashSale:Telemetry:OtlpEndpoint", "somewhere")]
    [InlineData("Proxies", "--FlashSale:Proxies", "everywhere")]
    [InlineData("FlashSale__Roles", "--FlashSale:Roles", "gateway")]
    [InlineData("Cluster__SiloPort", "--FlashSale:Cluster:SiloPort", "0")]
    [InlineData("PermitsPerSecond", "--FlashSale:ShopperRate:PermitsPerSecond", "many")]
    public async Task Bad_setting_ends_the_start_with_one_line_that_names_it(string named, params string[] settings) =>
        await AssertRefusesToStart(named, settings);

    private static Task<Answer> Adjust(Api api) => api.Admin(HttpMethod.Post, "skus/shoe/adjustments", """{"delta":3,"reason":"found"}""", "another receipt");

    private async Task AssertRefusesToStart(string named, string[] settings)
    {
        using var refused = await SiloProcess.Start(_directory.Path, settings);
        Assert.Equal(1, await refused.Exit());
        Assert.Contains(named, refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n'));
    }

    private static async Task Buy(Api api, string token, ConcurrentDictionary<string, (string, string)> promised, Action bought)
    {
        try
        {
            var answer = await api.Hold(token, "drop", "shoe", "tap");
            if (answer.Status != HttpStatusCode.Created) return;
            promised[answer.Id] = (token, (string)answer.Json!["expiresAt"]!);
            bought();
        }
        catch (HttpRequestException)
        {
            // The process was killed before the answer came: nothing was promised.
        }
    }

    // The ledger is read past the stock grain, so asking for it wakes nothing: what expires does so by itself.
    private static async Task<List<JsonNode>> LedgerUntil(Api api, Func<List<JsonNode>, bool> done)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var events = (await api.Ledger("shoe")).Select(e => e!).ToList();
            if (done(events)) return events;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }

    private static int Count(List<JsonNode> ledger, string type) => ledger.Count(e => (string)e["type"]! == type);

    private static DateTimeOffset Time(JsonNode? node) => DateTimeOffset.Parse((string)node!);
}
