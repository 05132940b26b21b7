using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using FlashSale.Grains.Journal;
using FlashSale.Testing;
using Npgsql;

namespace FlashSale.Silo.Tests.Cluster;

/// <summary>Several processes that form a cluster on one database.</summary>
[Collection(PostgresTests.Name)]
public sealed class ClusterTests(PostgresCluster cluster) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<SiloProcess> _processes = [];
    private string _administration = "";
    private string _store = "";

    public async Task InitializeAsync() => _store = _administration = await cluster.NewSchema();

    public Task DisposeAsync()
    {
        foreach (var process in _processes) process.Dispose();
        _directory.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Roles_in_processes_of_their_own_serve_a_purchase_and_stop_in_good_order()
    {
        // In no particular order: the gateway waits for a silo.
        var started = await Task.WhenAll(Start("gateway"), Start("silo"), Start("silo"));
        var (gateway, silo) = (started[0], started[1]);
        using var api = new Api(gateway.Url);
        using var siloApi = new Api(silo.Url);

        Assert.Equal("""["gateway"]""", (await Ready(api))["roles"]!.ToJsonString());
        Assert.Equal("""["silo"]""", (await Ready(siloApi))["roles"]!.ToJsonString());
        Assert.StartsWith("Orleans 10.", (string)(await Ready(siloApi))["engine"]!, StringComparison.Ordinal);
        Assert.Equal("not_found", (await siloApi.Campaign("drop")).Code);

        await api.MakeSku("shoe", 1);
        await Api.Expect(api.PutCampaign("drop", skus: ("shoe", 1)));
        var mei = await api.Login("mei");
        var hold = await Api.Expect(api.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);
        Assert.Equal("sold_out", (await api.Hold(await api.Login("li"), "drop", "shoe", "tap")).Code);
        Assert.Equal("held", (string)(await api.GetHold(mei, hold.Id)).Json!["state"]!);
        await api.AssertAuditHolds();

        foreach (var process in started) Assert.Equal(0, await process.Terminate());
    }

    [Fact]
    public async Task After_kill_9_of_one_silo_after_the_other_every_201_is_held_and_the_shelf_is_exact()
    {
        const int units = 600;
        var silos = new Queue<SiloProcess>(await Task.WhenAll(Start("silo"), Start("silo")));
        var gateway = await Start("gateway");
        using var api = new Api(gateway.Url);
        await api.MakeSku("shoe", units);
        await Api.Expect(api.PutCampaign("drop", skus: ("shoe", units)));
        var tokens = await Task.WhenAll(Enumerable.Range(0, 800).Select(i => api.Login($"shopper{i}")));

        // Whichever of the two has the stock's grain, it dies in the middle of the drop.
        var promised = new ConcurrentDictionary<string, string>();
        using var thirds = new SemaphoreSlim(0);
        var crowd = Task.WhenAll(tokens.Select(token => Buy(api, token, hold =>
        {
            promised[hold] = token;
            if (promised.Count is units / 3 or 2 * units / 3) thirds.Release();
        })));
        for (var i = 0; i < 2; i++)
        {
            await Task.WhenAny(crowd, thirds.WaitAsync());
            await silos.Dequeue().Kill();
            silos.Enqueue(await Start("silo"));
        }

        await crowd.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(units, promised.Count);
        var held = (await Ledger(api)).Where(e => (string)e["type"]! == "Held").Select(e => (string)e["payload"]!["hold"]!).ToHashSet();
        Assert.Equal(held, promised.Keys.ToHashSet());
        var sku = await api.Sku("shoe");
        Assert.Equal((0, units), ((int)sku["available"]!, (int)sku["held"]!));
        await api.AssertAuditHolds();
    }

    [Fact]
    public async Task A_gateway_that_lost_its_silos_is_not_ready_until_there_is_one_again()
    {
        var silo = await Start("silo");
        using var api = new Api((await Start("gateway")).Url);

        await silo.Kill();
        await Until(async () => (await api.Send(HttpMethod.Get, "/health/ready")).Status == HttpStatusCode.ServiceUnavailable);

        await Start("silo");
        await Until(async () => (await api.Send(HttpMethod.Get, "/health/ready")).Status == HttpStatusCode.OK);
        await api.MakeSku("shoe", 1);
    }

    [Fact]
    public async Task A_store_that_is_down_is_unavailable_through_a_gateway_too_and_comes_back()
    {
        var role = await UseOwnRole();
        var gateway = (await Task.WhenAll(Start("gateway"), Start("silo")))[0];
        using var api = new Api(gateway.Url);
        await api.MakeSku("shoe", 1);
        await Api.Expect(api.PutCampaign("drop", skus: ("shoe", 1)));
        var mei = await api.Login("mei");

        // Neither ledgers nor the catalogue can be reached, by grains that are active and by those that would have to be.
        await PostgresCluster.Run(_administration, $"ALTER ROLE {role} NOLOGIN");
        await PostgresCluster.Run(_administration, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = $1", role);
        Assert.Equal("unavailable", (await api.Hold(mei, "drop", "shoe", "tap")).Code);
        Assert.Equal("unavailable", (await api.Admin(HttpMethod.Get, "skus/never-seen")).Code);
        Assert.Equal("unavailable", (await api.Admin(HttpMethod.Put, "skus/shoe", """{"name":"new","price":{"amount":1,"currency":"CNY"}}""")).Code);

        await PostgresCluster.Run(_administration, $"ALTER ROLE {role} LOGIN");
        await Until(async () => (await api.Hold(mei, "drop", "shoe", "tap")).Status == HttpStatusCode.Created);
    }

    [Fact]
    public async Task The_catalogue_is_that_of_the_embedded_engine_on_the_same_database()
    {
        var first = await Start("silo,gateway");
        using (var api = new Api(first.Url)) await api.MakeSku("shoe", 1);
        Assert.Equal(0, await first.Terminate());

        await using (var journal = await PostgresJournal.Open(new PostgresOptions(_store)))
        {
            var stored = (await journal.GrainState.Read("catalog-entry", "sku-shoe"))!.Value;
            Assert.Equal("""{"entry":{"name":"shoe name","price":{"amount":79900,"currency":"CNY"}}}""", stored.Payload);
            await journal.GrainState.Write("catalog-entry", "sku-shoe", stored.Payload.Replace("shoe name", "renamed meanwhile", StringComparison.Ordinal), stored.Etag);
        }

        using var again = new Api((await Start("silo,gateway")).Url);
        Assert.Equal("renamed meanwhile", (string)(await again.Sku("shoe"))["name"]!);
    }

    [Fact]
    public async Task A_gateway_that_finds_no_silo_ends_with_one_line()
    {
        var refused = await Start("gateway", "--FlashSale:Cluster:ConnectSeconds", "1");

        Assert.Equal(1, await refused.Exit());
        Assert.StartsWith("No silo of cluster flashsale answers", refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n'));
    }

    [Fact]
    public async Task A_second_silo_at_the_same_port_refuses_to_start_and_leaves_the_first_alone()
    {
        var first = await Start("silo,gateway");
        var refused = await Start("silo", "--FlashSale:Cluster:SiloPort", first.Settings[Array.IndexOf(first.Settings, "--FlashSale:Cluster:SiloPort") + 1]);

        Assert.Equal(1, await refused.Exit());
        Assert.Contains("FlashSale__Cluster__SiloPort", refused.Errors, StringComparison.Ordinal);
        using var api = new Api(first.Url);
        await api.MakeSku("shoe", 1);
    }

    private async Task<SiloProcess> Start(string role, params string[] settings)
    {
        var process = await SiloProcess.Start(
            _directory.Path,
            [
                "--FlashSale:Roles", role, "--ConnectionStrings:FlashSale", _store,
                "--FlashSale:ShopperRate:PermitsPerSecond", "100000", "--FlashSale:ShopperRate:Burst", "100000", .. settings,
            ]);
        lock (_processes) _processes.Add(process);
        return process;
    }

    private static async Task<JsonNode> Ready(Api api) => (await Api.Expect(api.Send(HttpMethod.Get, "/health/ready"))).Json!;

    // As a client should: what is not known is asked again with the same key.
    private static async Task Buy(Api api, string token, Action<string> bought)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await api.Hold(token, "drop", "shoe", "tap");
            if (answer.Status == HttpStatusCode.Created) bought(answer.Id);
            if (answer.Code != "unavailable")
            {
                Assert.True(answer.Code is null or "sold_out", answer.Text);
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, patience.Token);
        }
    }

    // One that may do no more than it needs.
    private async Task<string> UseOwnRole()
    {
        var builder = new NpgsqlConnectionStringBuilder(_store);
        var role = $"shop_{builder.SearchPath}";
        await PostgresCluster.Run(_administration, $"CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT USAGE, CREATE ON SCHEMA {builder.SearchPath} TO {role}");
        (builder.Username, builder.Password) = (role, "x");
        _store = builder.ConnectionString;
        return role;
    }

    private static async Task<List<JsonNode>> Ledger(Api api)
    {
        var events = new List<JsonNode>();
        while (true)
        {
            var page = (await api.Admin(HttpMethod.Get, $"skus/shoe/ledger?limit=1000&after={events.Count}")).Json!["events"]!.AsArray();
            if (page.Count == 0) return events;
            events.AddRange(page.Select(e => e!));
        }
    }

    // The answer itself is the signal; the bound is only there so that a broken build ends.
    private static async Task Until(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isSo()) await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
    }
}
