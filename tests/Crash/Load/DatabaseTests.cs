using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Load;

/// <summary>A drop on PostgreSQL while the server, or one of two processes on it, is killed.</summary>
[Collection(PostgresTests.Name)]
public sealed class DatabaseTests(PostgresCluster cluster) : CrashTest
{
    private const int Units = 600, Crowd = 1200, Wave = 200;

    [Fact]
    public async Task The_server_is_stopped_in_immediate_mode_twice_and_comes_back()
    {
        await Server.Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], Units);
        await shoppers.Come(Crowd, Intent.Keep, Intent.GiveBack);
        var crowd = shoppers.SellOut();
        for (var crash = 0; crash < 2; crash++)
        {
            await shoppers.Hear(Units / 3, before: crowd);
            await cluster.Crash();
        }

        await crowd;
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    [Fact]
    [Trait("Tier", "Long")]
    public async Task Two_processes_that_take_the_shelf_from_each_other_for_a_whole_drop()
    {
        using var other = new Server(Store);
        await Task.WhenAll(Server.Start(), other.Start());
        var shoppers = await Shoppers.OpenShop([Server.Door, other.Door], Units);
        await shoppers.Come(Crowd, Intent.Keep, Intent.GiveBack);
        await shoppers.SellOut();
        foreach (var server in new[] { Server, other }) await Verdict.Check(shoppers, server.Api, Store);
    }

    [Theory]
    [InlineData(2)]
    public Task Two_processes_one_of_which_is_killed_again_and_again(int kills) => TwoProcesses(kills);

    [Theory]
    [Trait("Tier", "Long")]
    [InlineData(20)]
    public Task Two_processes_one_of_which_is_killed_again_and_again_for_long(int kills) => TwoProcesses(kills);

    // A wave of shoppers comes with each kill, or the living one would have sold everything before the dead one is back.
    private async Task TwoProcesses(int kills)
    {
        using var other = new Server(Store);
        await Task.WhenAll(Server.Start(), other.Start());
        var shoppers = await Shoppers.OpenShop([Server.Door, other.Door], units: kills * Wave / 2);
        var waves = new List<Task>();
        for (var kill = 0; kill < kills; kill++)
        {
            var come = await shoppers.Come(Wave, Intent.Keep, Intent.GiveBack);
            var quarter = shoppers.Heard(Wave / 4);
            waves.Add(Task.WhenAll(come.Select(shoppers.Shop)));
            await quarter;
            var dying = kill % 2 == 0 ? Server : other;
            await dying.Kill();
            await dying.Start();
        }

        await Task.WhenAll(waves);
        await shoppers.SellOut();
        foreach (var server in new[] { Server, other }) await Verdict.Check(shoppers, server.Api, Store);
    }

    private protected override async Task<Store> NewStore() => await PostgresStore.Create(cluster);
}
