using System.Net;
using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Stores;
using Npgsql;

namespace FlashSale.Crash.Tests.Load;

/// <summary>PostgreSQL has no connection left for the shop, whose role is an ordinary one.</summary>
[Collection(PostgresTests.Name)]
public sealed class ConnectionTests(PostgresCluster cluster) : CrashTest
{
    private const int Units = 200;
    private const string Password = "of-the-shop";

    private readonly List<NpgsqlConnection> _others = [];
    private string _role = "";
    private string _connection = "";

    public override async Task DisposeAsync()
    {
        await GiveBack();
        await base.DisposeAsync();
    }

    [Fact]
    [Trait("Tier", "Long")]
    public async Task Others_take_all_that_are_left_and_the_drop_goes_on_with_those_that_it_has()
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], Units);
        await shoppers.Come(Units * 2, Intent.Keep, Intent.GiveBack);
        await TakeAll();
        await AssertNoStart();

        await shoppers.SellOut();
        await GiveBack(); // The audit is a newcomer, too.
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    [Fact]
    public async Task Not_one_is_left_until_an_operator_makes_room()
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], Units);
        await shoppers.Come(Units * 2, Intent.Keep, Intent.GiveBack);
        var crowd = shoppers.SellOut();
        await shoppers.Hear(Units / 4, before: crowd);

        // The server's own limit would let the process fight for what it lost; the role's is the same error, and a hard one.
        await Store.Run($"ALTER ROLE {_role} CONNECTION LIMIT 0");
        await Store.Run($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '{_role}'");
        await Api.Eventually(() => Server.Api.Send(HttpMethod.Get, "/health/ready"), answer => answer.Status == HttpStatusCode.ServiceUnavailable);
        var told = await Server.Api.Hold(shoppers.All[0].Token, Shoppers.Campaign, Shoppers.Sku, "tap");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unavailable"), (told.Status, told.Code));
        Assert.False(crowd.IsCompleted);

        await Store.Run($"ALTER ROLE {_role} CONNECTION LIMIT -1");
        await crowd;
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    private protected override async Task<Store> NewStore()
    {
        var schema = new NpgsqlConnectionStringBuilder(await cluster.NewSchema());
        var administration = schema.ConnectionString;
        _role = $"shop_{schema.SearchPath}";
        await PostgresCluster.Run(administration, $"CREATE ROLE {_role} LOGIN PASSWORD '{Password}'");
        await PostgresCluster.Run(administration, $"GRANT ALL ON SCHEMA {schema.SearchPath} TO {_role}");
        (schema.Username, schema.Password) = (_role, Password);
        _connection = schema.ConnectionString;
        return new PostgresStore(administration, _connection);
    }

    // As another program would that does not close its own.
    private async Task TakeAll()
    {
        try
        {
            while (true)
            {
                var other = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connection) { Pooling = false }.ConnectionString);
                _others.Add(other);
                await other.OpenAsync();
            }
        }
        catch (PostgresException full) when (full.SqlState == PostgresErrorCodes.TooManyConnections)
        {
            // Only the administrator's reserve is left.
        }
    }

    private async Task GiveBack()
    {
        foreach (var other in _others) await other.DisposeAsync();
        _others.Clear();
    }

    private async Task AssertNoStart()
    {
        using var process = await SiloProcess.Start(Store.Start);
        Assert.Equal(1, await process.Exit());
        Assert.Contains("has no connection left: raise max_connections", process.Errors, StringComparison.Ordinal);
    }
}
