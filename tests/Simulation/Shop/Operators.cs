using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>Sets the shop up, and meddles with it while the crowd is in.</summary>
internal sealed class Operators(Plan plan, Client client, SimRandom random, SimScheduler scheduler)
{
    private const int Stubborn = 1_000;

    private readonly List<(string Key, Sku Sku, long Delta)> _adjusted = [];

    /// <summary>Everything is there once this ends, however often it had to be repeated.</summary>
    public async Task SetUp()
    {
        for (var i = 0; i < plan.Skus.Length; i++)
        {
            var sku = plan.Skus[i];
            await Name(sku);
            await client.Insist(Stubborn, g => g.Grains.Stock(sku).Execute(new Register()), r => new OrderTold(NoHold(sku), new Register(), null, r));
            await Adjust(($"receipt-{sku}", sku, plan.Received[i]), Stubborn);
        }

        for (var i = 0; i < plan.Campaigns.Length; i++)
        {
            var answer = await Configure(plan.Campaigns[i], plan.Configs[i], Stubborn);
            scheduler.Trace.Reach($"set up: {answer?.Status}");
        }
    }

    public async Task Meddle()
    {
        while (scheduler.Now < plan.Rush)
        {
            await client.Lane.Delay(random.Milliseconds(500, 10_000));
            var which = random.Below(plan.Campaigns.Length);
            var campaign = plan.Campaigns[which];
            switch (random.Below(8))
            {
                case < 2:
                    await Adjust();
                    break;
                case < 5:
                    await Configure(campaign, Other(plan.Configs[which]), tries: 4);
                    break;
                case 5:
                    await Change(campaign, CampaignAction.Freeze);
                    await client.Lane.Delay(random.Milliseconds(100, 4_000));
                    await Change(campaign, CampaignAction.Resume);
                    break;
                case 6 when random.Chance(0.2):
                    await Change(campaign, CampaignAction.Close);
                    break;
                default:
                    await View(campaign);
                    break;
            }
        }
    }

    // More or fewer units, another limit, a SKU more or less.
    private CampaignConfig Other(CampaignConfig config)
    {
        var skus = config.Skus.Select(s => random.Chance(0.5) ? s with { Units = random.Between(0, 40) } : s).ToList();
        if (skus.Count > 1 && random.Chance(0.15)) skus.RemoveAt(random.Below(skus.Count));
        var more = plan.Skus.FirstOrDefault(s => skus.TrueForAll(k => k.Sku != s));
        if (more != default && random.Chance(0.3)) skus.Add(new CampaignSku(more, random.Between(1, 10), Price: null));
        return config with { LimitPerShopper = random.Chance(0.7) ? config.LimitPerShopper : random.Between(1, 4), Skus = [.. skus] };
    }

    private async Task Name(Sku sku)
    {
        var entry = new CatalogEntry($"Article {sku}", new Money(100, "CNY"));
        await client.Insist(
            Stubborn,
            async g =>
            {
                await g.Grains.Catalog(sku).Put(entry);
                return entry;
            },
            _ => new FindTold(default, NoHold(sku), null));
    }

    // Often with a key that was used before, for the same or for something else; sometimes for two things at once.
    private async Task Adjust()
    {
        var first = Draw();
        var second = random.Chance(0.3) ? Adjust(Draw() with { Key = first.Key }, tries: 4) : null;
        await Adjust(first, tries: 4);
        if (second is not null) await second;
    }

    private (string Key, Sku Sku, long Delta) Draw()
    {
        var old = _adjusted.Count > 0 && random.Chance(0.5) ? random.Pick(_adjusted) : default;
        if (old.Key is not null && random.Chance(0.4)) return old;
        return (old.Key ?? $"key-{_adjusted.Count}", random.Pick(plan.Skus), random.Chance(0.3) ? random.Between(1, 10) : -random.Between(1, 30));
    }

    private Task<StockResult?> Adjust((string Key, Sku Sku, long Delta) wanted, int tries)
    {
        _adjusted.Add(wanted);
        var key = OperationId.Of("operator:", "adjust", wanted.Key);
        var operation = OperationId.Of("operator:", "adjust:" + wanted.Sku.Value, wanted.Key);
        var adjustment = new Adjustment(operation, wanted.Sku, wanted.Delta, "simulated", new Contracts.Told($"Article {wanted.Sku}", new Money(100, "CNY")));
        return client.Insist(
            tries, g => g.Grains.OperatorKey(key).Adjust(adjustment), r => new AdjustTold(key, wanted.Sku, wanted.Delta, r));
    }

    private Task<CampaignResult?> Configure(CampaignId campaign, CampaignConfig config, int tries) =>
        client.Insist(tries, g => g.Grains.Campaign(campaign).Configure(config), r => new CampaignTold(campaign, config, null, r));

    private Task<CampaignResult?> Change(CampaignId campaign, CampaignAction action) =>
        client.Insist(4, g => g.Grains.Campaign(campaign).Change(action), r => new CampaignTold(campaign, null, action, r));

    private Task<CampaignResult?> View(CampaignId campaign) => client.Insist(
        1,
        async g => new CampaignResult(Status.Accepted, await g.Grains.Campaign(campaign).View()),
        r => new CampaignTold(campaign, null, null, r));

    private static HoldInfo NoHold(Sku sku) => new(default, 0, default, default, sku, 0, default, 0, Money.None, HoldState.Held);
}
