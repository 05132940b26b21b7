using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>One person who taps: impatient, twice at once, with old keys, and sometimes sorry.</summary>
internal sealed class Shopper(ShopperId id, Plan plan, Client client, SimRandom random, Clerk clerk, int wishesMost)
{
    private readonly List<(string Key, CampaignId Campaign, Sku Sku, int Quantity)> _asked = [];

    private HoldInfo? _had;

    public async Task Run()
    {
        await client.Lane.Delay(plan.Arrival(random));
        for (var wishes = Math.Min(wishesMost, random.Between(2, 9)); wishes > 0; wishes--)
        {
            await Wish();
            await client.Lane.Delay(random.Milliseconds(10, plan.PauseMost(4_000)));
        }
    }

    private async Task Wish()
    {
        var (key, campaign, sku, quantity) = Draw();
        _asked.Add((key, campaign, sku, quantity));
        var taps = random.Chance(0.2) ? 2 : 1;
        var answers = new List<Task<StockResult?>>();
        for (var tap = 0; tap < taps; tap++) answers.Add(Tap(key, campaign, sku, quantity));
        StockResult? heard = null;
        foreach (var answer in answers) heard = await answer ?? heard;
        if (heard is { Status: Status.LimitReached } && _had is { } had && random.Chance(0.8)) await MakeRoom(had, key, campaign, sku, quantity);
        if (heard is not { Status: Status.Accepted, Hold: { } hold }) return;
        _had = hold;
        await After(hold, key);
    }

    // Gives something back that was had before, and asks again with the same key: the first asking may still be on its way somewhere.
    private async Task MakeRoom(HoldInfo had, string key, CampaignId campaign, Sku sku, int quantity)
    {
        await Release(had, ReleaseCause.Shopper);
        for (var taps = random.Between(2, 6); taps > 0; taps--)
        {
            await client.Lane.Delay(random.Milliseconds(0, 1_500));
            await Tap(key, campaign, sku, quantity);
        }
    }

    private Task<StockResult?> Tap(string key, CampaignId campaign, Sku sku, int quantity) => client.Insist(
        random.Between(1, 6),
        gateway => gateway.Flow.Hold(id, campaign, sku, quantity, key),
        result => new HoldTold(id, campaign, sku, quantity, key, result),
        OperationId.Of(id.Value, "hold", key));

    private (string Key, CampaignId Campaign, Sku Sku, int Quantity) Draw()
    {
        if (_asked.Count > 0 && random.Chance(0.3))
        {
            var old = random.Pick(_asked);
            return random.Below(4) switch
            {
                0 => old with { Sku = random.Pick(plan.Skus) },
                1 => old with { Quantity = random.Between(1, 2) },
                _ => old,
            };
        }

        var which = random.Below(plan.Campaigns.Length);
        var sku = random.Chance(0.9) ? random.Pick(plan.Configs[which].Skus).Sku : random.Pick(plan.Skus);
        return ($"tap-{_asked.Count}", plan.Campaigns[which], sku, random.Chance(0.75) ? 1 : 2);
    }

    private async Task After(HoldInfo hold, string key)
    {
        if (random.Chance(0.3)) await Look(hold);
        switch (random.Below(10))
        {
            case < 3:
                await client.Lane.Delay(random.Milliseconds(0, 5_000));
                await Release(hold, random.Chance(0.2) ? ReleaseCause.Operator : ReleaseCause.Shopper);
                break;
            case < 7:
                client.Lane.Start(() => clerk.Order(hold));
                break;
            default:
                break; // Left to expire.
        }

        if (random.Chance(0.3)) await Tap(key, hold.Campaign, hold.Sku, hold.Quantity);
    }

    private Task<object?> Release(HoldInfo hold, ReleaseCause cause)
    {
        client.History.GivesBack(hold.Id);
        return client.Insist(
            random.Between(1, 4),
            async gateway => (object)await gateway.Grains.Cart(id).Release(hold.Id, cause),
            status => new ReleaseTold(id, hold, (Status)status));
    }

    private Task<Found?> Look(HoldInfo hold) => client.Insist(
        1,
        async gateway => new Found(await gateway.Grains.Cart(id).Find(hold.Id)),
        found => new FindTold(id, hold, found.Hold));

    private sealed record Found(HoldInfo? Hold);
}
