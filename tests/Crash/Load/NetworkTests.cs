using System.Net;
using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Stores;
using Npgsql;

namespace FlashSale.Crash.Tests.Load;

/// <summary>A drop while the network between the process and PostgreSQL does what networks do.</summary>
[Collection(PostgresTests.Name)]
public sealed class NetworkTests(PostgresCluster cluster) : CrashTest
{
    private const int Units = 400, Crowd = 800, Faults = 12;

    private TcpProxy _proxy = null!;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    [Trait("Tier", "Long")]
    public Task A_slow_network() => Drop((_, _) =>
    {
        _proxy.Delay = TimeSpan.FromMilliseconds(15);
        return Task.CompletedTask;
    });

    [Fact]
    public Task Connections_cut_again_and_again_after_a_statement_was_forwarded() => CutAgain(Cut.After);

    [Theory]
    [Trait("Tier", "Long")]
    [InlineData(Cut.Before)]
    [InlineData(Cut.During)]
    public Task Connections_cut_again_and_again(Cut cut) => CutAgain(cut);

    [Fact]
    [Trait("Tier", "Long")]
    public Task Connections_closed_towards_the_server_only() => Drop((shoppers, crowd) => Again(shoppers, crowd, _proxy.HalfCloseToServer));

    [Fact]
    [Trait("Tier", "Long")]
    public Task Connections_closed_towards_the_process_only() => Drop((shoppers, crowd) => Again(shoppers, crowd, _proxy.HalfCloseToClients));

    [Fact]
    [Trait("Tier", "Long")]
    public Task A_black_hole_until_every_statement_has_been_given_up() => Drop(async (shoppers, crowd) =>
    {
        await shoppers.Hear(Units / 4, before: crowd);
        _proxy.IsBlackHole = true;
        // Readiness ends when the last proof of the store is too old; the statements under way are given up later than that.
        await Api.Eventually(() => Server.Api.Send(HttpMethod.Get, "/health/ready"), answer => answer.Status == HttpStatusCode.ServiceUnavailable);
        await Server.Process.Said("The store cannot be used");
        _proxy.IsBlackHole = false;
        await Api.Eventually(() => Server.Api.Send(HttpMethod.Get, "/health/ready"), answer => answer.Status == HttpStatusCode.OK);
    });

    private protected override async Task<Store> NewStore()
    {
        var schema = await cluster.NewSchema();
        var server = new NpgsqlConnectionStringBuilder(schema);
        _proxy = new TcpProxy(server.Port);
        server.Port = _proxy.Port;
        return new PostgresStore(schema, server.ConnectionString);
    }

    private Task CutAgain(Cut cut) => Drop((shoppers, crowd) => Again(shoppers, crowd, () => _proxy.Next = cut));

    private async Task Drop(Func<Shoppers, Task, Task> disturb)
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], Units);
        await shoppers.Come(Crowd, Intent.Keep, Intent.GiveBack);
        var crowd = shoppers.SellOut();
        await disturb(shoppers, crowd);
        await crowd;
        _proxy.Delay = TimeSpan.Zero;
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    private static async Task Again(Shoppers shoppers, Task crowd, Action fault)
    {
        for (var i = 0; i < Faults; i++)
        {
            await shoppers.Hear(Units / Faults, before: crowd);
            fault();
        }
    }
}
