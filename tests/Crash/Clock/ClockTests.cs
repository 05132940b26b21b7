using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Faults;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests.Clock;

/// <summary>The wall clock jumps in the middle of a drop, the database server's too, and the process is started again in the new time.</summary>
public abstract class ClockTests : CrashTest
{
    private const int Units = 200;

    private protected FakeClock Clock { get; } = FakeClock.Create();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Clock.Dispose();
    }

    /// <summary>The store's own clock, where it has one, has jumped as well.</summary>
    private protected virtual Task AssertStoreBelieves(TimeSpan ahead) => Task.CompletedTask;

    private protected async Task Jump(TimeSpan ahead)
    {
        await Server.Start(Believing);
        // Open, and each hold valid, in the new time too: what is compared is what anybody was told.
        var shoppers = await Shoppers.OpenShop([Server.Door], Units, holdSeconds: 86_400, opensAt: TimeProvider.System.GetUtcNow().AddDays(-3), days: 9);
        var brief = await Brief();
        await shoppers.Come(Units * 2, Intent.Keep, Intent.GiveBack);
        var crowd = shoppers.SellOut();
        await shoppers.Hear(Units / 2, before: crowd);
        Clock.Ahead = ahead;
        await FakeClock.AssertBelieved(Server.Api, ahead);
        await AssertStoreBelieves(ahead);
        await crowd;
        await Verdict.Check(shoppers, Server.Api, Store);
        // Running, ledger time has not jumped: an hour is not over.
        Assert.Equal("held", (string?)(await Server.Api.GetHold(brief.Token, brief.Hold)).Json!["state"]);

        await Server.Kill();
        await Server.Start(Believing);
        await FakeClock.AssertBelieved(Server.Api, ahead);
        // A new process has the store's time, in which the hour may be over: then the unit is free again, as soon as somebody does the keeper's
        // duty. Until then the audit rightly calls that hold overdue.
        if (ahead > TimeSpan.FromHours(1)) await Api.Eventually(() => Server.Api.Sku("brief"), sku => (int)sku["available"]! == 1);
        await Verdict.Check(shoppers, Server.Api, Store);
        // Somebody does the keeper's duty, whatever its lease says that was taken in another time.
        await Api.Expect(Server.Api.PutCampaign("next", opensAt: Now(ahead).AddMinutes(-1), closesAt: Now(ahead).AddSeconds(2), skus: ("next", 1)));
        await Api.Eventually(() => Server.Api.Sku("next"), sku => (int)sku["pools"]!["general"]!["available"]! == 1);
    }

    // A hold of an hour on another shelf.
    private async Task<(string Token, string Hold)> Brief()
    {
        foreach (var sku in new[] { "brief", "next" }) await Server.Api.MakeSku(sku, 1);
        await Api.Expect(Server.Api.PutCampaign("brief", holdSeconds: 3600, opensAt: Now().AddDays(-3), closesAt: Now().AddDays(6), skus: ("brief", 1)));
        var token = await Server.Api.Login("brief");
        var hold = await Server.Api.Hold(token, "brief", "brief", "tap");
        return (token, hold.Id);
    }

    private static DateTimeOffset Now(TimeSpan ahead = default) => TimeProvider.System.GetUtcNow() + ahead;

    private SiloStart Believing(SiloStart start) => start with { Environment = Clock.Environment };
}
