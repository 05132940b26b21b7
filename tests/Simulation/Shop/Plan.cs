using System.Collections.Immutable;
using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>What is sold in a run, and to how many: drawn from the seed before anything runs.</summary>
internal sealed class Plan
{
    public Plan(SimRandom random)
    {
        Skus = [.. Enumerable.Range(1, random.Chance(0.2) ? 1 : random.Between(2, 3)).Select(n => new Sku($"sku{n}"))];
        Campaigns = [.. Enumerable.Range(1, random.Between(1, 2)).Select(n => new CampaignId($"drop{n}"))];
        // A scarce run sells out, a plain one does not.
        var scarce = random.Chance(0.6);
        Received = [.. Skus.Select(_ => (long)(scarce ? random.Between(10, 30) : random.Between(30, 90)))];
        Configs = [.. Campaigns.Select(_ => Draw(random, scarce ? 12 : 30))];
        Shoppers = random.Between(10, 40);
        Rush = TimeSpan.FromSeconds(random.Between(20, 60));
        IsBurst = random.Chance(0.4);
        Operators = random.Between(1, 2);
    }

    public ImmutableArray<Sku> Skus { get; }

    public ImmutableArray<long> Received { get; }

    public ImmutableArray<CampaignId> Campaigns { get; }

    public ImmutableArray<CampaignConfig> Configs { get; }

    public int Shoppers { get; }

    /// <summary>Everybody comes at the opening and taps quickly, as in a real drop; otherwise they come and go during the rush.</summary>
    public bool IsBurst { get; }

    /// <summary>How many operators meddle at once.</summary>
    public int Operators { get; }

    /// <summary>The longest that anybody waits between two deeds.</summary>
    public int PauseMost(int usual) => IsBurst ? usual / 8 : usual;

    /// <summary>When a shopper comes.</summary>
    public TimeSpan Arrival(SimRandom random)
    {
        if (!IsBurst) return random.Milliseconds(0, (int)(Rush.TotalMilliseconds / 2));
        var opening = Configs[0].OpensAt - SimScheduler.Epoch + random.Milliseconds(-300, 2_000);
        return opening > TimeSpan.FromSeconds(5) ? opening : TimeSpan.FromSeconds(5) + random.Milliseconds(0, 2_000);
    }

    /// <summary>How long faults and shoppers go on.</summary>
    public TimeSpan Rush { get; }

    private CampaignConfig Draw(SimRandom random, int unitsMost)
    {
        var opensAt = SimScheduler.Epoch + (random.Chance(0.2) ? random.Milliseconds(12_000, 25_000) : random.Milliseconds(-5_000, 20_000));
        var closesAt = SimScheduler.Epoch + random.Milliseconds(30_000, 150_000);
        var skus = Skus.Where(_ => random.Chance(0.85)).ToList();
        if (skus.Count == 0) skus.Add(random.Pick(Skus));
        return new CampaignConfig(
            "Drop", "flow", opensAt, closesAt, random.Between(1, 3), random.Between(2, 8),
            [.. skus.Select(s => new CampaignSku(s, random.Between(3, unitsMost), random.Chance(0.5) ? new Money(random.Between(1, 999), "CNY") : null))]);
    }
}
