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
            scheduler.Trace.Count($"set up: {answer?.Status}");
        }
    }

    public async Task Meddle()
    {
        while (scheduler.Now < plan.Rush)
        {
            await client.Lane.Delay(random.Milliseconds(100, plan.PauseMost(8_000)));
            var which = random.Below(plan.Campaigns.Length);
            var campaign = plan.Campaigns[which];
            switch (random.Below(12))
            {
                case < 3:
                    await Adjust();
                    break;
                case < 6:
                    await Configure(campaign, Other(plan.Configs[which]), tries: 4);
                    break;
                case < 8:
                    await Change(campaign, CampaignAction.Freeze);
                    await client.Lane.Delay(random.Milliseconds(100, 4_000));
                    await Change(campaign, CampaignAction.Resume);
                    break;
                case 8 when random.Chance(0.15):
                    await Change(campaign, CampaignAction.Close);
                    break;
                case 9:
                    await Clash(campaign);
                    break;
                default:
                    await View(campaign);
                    break;
            }
        }
    }

    // More units for a campaign, while those that it needs leave by another door.
    private async Task Clash(CampaignId campaign)
    {
        if (await View(campaign) is not { View: { } now }) return;
        var others = plan.Skus.Where(s => !now.Config.Skus.Any(c => c.Sku == s)).Select(s => new CampaignSku(s, 0, Price: null)).Take(1);
        var pools = now.Pools.ToDictionary(p => p.Sku, p => p.Pool.Units);
        var skus = now.Config.Skus.Concat(others).Select(s => s with { Units = pools.GetValueOrDefault(s.Sku) + random.Between(1, 2) }).ToArray();
        var scarce = random.Pick(skus).Sku;
        await Adjust(Anew(scarce, 3), tries: 4);
        if (await client.Insist(1, g => g.Grains.Stock(scarce).View(), v => new FindTold(default, NoHold(scarce), null)) is not { General: > 0 } stock) return;
        var configured = Configure(campaign, now.Config with { Skus = [.. skus] }, tries: 4);
        await client.Lane.Delay(random.Milliseconds(0, 30));
        await Adjust(Anew(scarce, -stock.General), tries: 1);
        await configured;
    }

    // More or fewer units, another limit, other holds, another window, a SKU more or less.
    private CampaignConfig Other(CampaignConfig config)
    {
        var isFarOff = config.OpensAt > SimScheduler.Epoch + scheduler.Now;
        var skus = config.Skus.Select(s => random.Chance(0.5) ? s with { Units = random.Between(0, 40) } : s).ToList();
        if (skus.Count > 1 && random.Chance(isFarOff ? 0.35 : 0.15)) skus.RemoveAt(random.Below(skus.Count));
        var more = plan.Skus.FirstOrDefault(s => skus.TrueForAll(k => k.Sku != s));
        if (more != default && random.Chance(0.3)) skus.Add(new CampaignSku(more, random.Between(1, 10), Price: null));
        var opensAt = random.Chance(isFarOff ? 0.4 : 0.9) ? config.OpensAt : SimScheduler.Epoch + scheduler.Now + random.Milliseconds(9_000, 20_000);
        var closesAt = random.Chance(0.8) ? config.ClosesAt : config.ClosesAt + random.Milliseconds(-10_000, 20_000);
        return config with
        {
            LimitPerShopper = random.Chance(0.7) ? config.LimitPerShopper : random.Between(1, 4),
            HoldSeconds = random.Chance(0.8) ? config.HoldSeconds : random.Between(2, 8),
            OpensAt = opensAt,
            ClosesAt = closesAt > opensAt ? closesAt : opensAt.AddSeconds(10),
            Skus = [.. skus],
        };
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
        var anew = Anew(random.Pick(plan.Skus), random.Chance(0.3) ? random.Between(1, 10) : -random.Between(1, 30));
        return old.Key is null ? anew : anew with { Key = old.Key };
    }

    private (string Key, Sku Sku, long Delta) Anew(Sku sku, long delta) => ($"key-{_adjusted.Count}", sku, delta);

    private Task<StockResult?> Adjust((string Key, Sku Sku, long Delta) wanted, int tries)
    {
        _adjusted.Add(wanted);
        var key = OperationId.Of("operator:", "adjust", wanted.Key);
        var operation = OperationId.Of("operator:", "adjust:" + wanted.Sku.Value, wanted.Key);
        var adjustment = new Adjustment(operation, wanted.Sku, wanted.Delta, "simulated", new Contracts.Told($"Article {wanted.Sku}", new Money(random.Between(100, 102), "CNY")));
        return client.Insist(
            tries, g => g.Grains.OperatorKey(key).Adjust(adjustment), r => new AdjustTold(key, wanted.Sku, wanted.Delta, r), operation);
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
