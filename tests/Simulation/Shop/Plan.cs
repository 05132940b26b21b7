using System.Collections.Immutable;
using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>What is sold in a run, and to how many: drawn from the seed before anything runs.</summary>
internal sealed class Plan
{
    public Plan(SimRandom random)
    {
        Skus = [.. Enumerable.Range(1, random.Between(1, 3)).Select(n => new Sku($"sku{n}"))];
        Campaigns = [.. Enumerable.Range(1, random.Between(1, 2)).Select(n => new CampaignId($"drop{n}"))];
        Received = [.. Skus.Select(_ => (long)random.Between(20, 90))];
        Configs = [.. Campaigns.Select(_ => Draw(random))];
        Shoppers = random.Between(10, 40);
        Rush = TimeSpan.FromSeconds(random.Between(20, 60));
    }

    public ImmutableArray<Sku> Skus { get; }

    public ImmutableArray<long> Received { get; }

    public ImmutableArray<CampaignId> Campaigns { get; }

    public ImmutableArray<CampaignConfig> Configs { get; }

    public int Shoppers { get; }

    /// <summary>How long faults and shoppers go on.</summary>
    public TimeSpan Rush { get; }

    private CampaignConfig Draw(SimRandom random)
    {
        var opensAt = SimScheduler.Epoch + random.Milliseconds(-5_000, 20_000);
        var closesAt = SimScheduler.Epoch + random.Milliseconds(30_000, 150_000);
        var skus = Skus.Where(_ => random.Chance(0.7)).ToList();
        if (skus.Count == 0) skus.Add(random.Pick(Skus));
        return new CampaignConfig(
            "Drop", "flow", opensAt, closesAt, random.Between(1, 4), random.Between(2, 8),
            [.. skus.Select(s => new CampaignSku(s, random.Between(5, 30), random.Chance(0.5) ? new Money(random.Between(1, 999), "CNY") : null))]);
    }
}
