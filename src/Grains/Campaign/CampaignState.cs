using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FlashSale.Contracts;

namespace FlashSale.Grains.Campaign;

/// <summary>A campaign: the fold of its events. Immutable.</summary>
internal sealed record CampaignState(CampaignId Id)
{
    /// <summary>Raised by each change; stock ignores lower ones.</summary>
    public long Version { get; init; }

    /// <summary>The configuration that all SKUs have; null before the first one is settled.</summary>
    public Settings? Settled { get; init; }

    /// <summary>What is being carried to the SKUs; null while nothing is.</summary>
    public Plan? Plan { get; init; }

    public bool Frozen { get; init; }

    public bool Closed { get; init; }

    /// <summary>SKUs that once were part of it and are no more.</summary>
    public ImmutableArray<Sku> FormerSkus { get; init; } = [];

    /// <summary>How the last refused configuration ended, by its version: told to the operator who waits for it.</summary>
    public Refusal? LastRefusal { get; init; }

    /// <summary>
    /// When it closes by itself; null before the first configuration is settled. A later end that is being carried to the SKUs counts already: it was
    /// accepted, and closing is final.
    /// </summary>
    public DateTimeOffset? EndsAt =>
        Settled is not { Config.ClosesAt: var settled } ? null
        : Plan is { Kind: PlanKind.Allocate or PlanKind.Apply, Target.Config.ClosesAt: var next } && next > settled ? next
        : settled;

    /// <summary>All SKUs that have a pool of it, or are about to.</summary>
    public IEnumerable<Sku> Skus => Touched(Settled, Plan?.Target).Union(FormerSkus);

    /// <summary>The SKUs of both.</summary>
    public static IEnumerable<Sku> Touched(Settings? before, Settings? target) =>
        (target?.Config.Skus ?? []).Concat(before?.Config.Skus ?? []).Select(s => s.Sku).Distinct();
}

/// <summary>A configuration with everything that a SKU's pool needs to know.</summary>
internal sealed record Settings(CampaignConfig Config, ImmutableArray<SkuPrice> Prices)
{
    public CampaignSku? Find(Sku sku) => Config.Skus.FirstOrDefault(s => s.Sku == sku);
}

/// <summary>Why a configuration was undone.</summary>
internal sealed record Refusal(long Version, Sku Sku, string Reason);

/// <summary>What kind of step each SKU has to take.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<PlanKind>))]
internal enum PlanKind : byte
{
    /// <summary>Set aside what is needed more, give back what is not, under the rules as they are; a SKU that is new here stays invisible.</summary>
    Allocate = 0,

    /// <summary>All SKUs have their units: the new rules begin, new SKUs go on sale, dropped ones, empty by now, leave the shelf.</summary>
    Apply = 1,

    /// <summary>Back to the settled configuration.</summary>
    Undo = 2,

    /// <summary>No new holds.</summary>
    Freeze = 3,

    /// <summary>New holds again.</summary>
    Resume = 4,

    /// <summary>The end.</summary>
    Close = 5,
}

/// <summary>The durable to-do list: one idempotent step a SKU.</summary>
/// <param name="Kind">Which step.</param>
/// <param name="Version">Under which version.</param>
/// <param name="Target">The configuration to be settled; with Freeze, Resume and Close the settled one.</param>
/// <param name="Left">SKUs that have not taken it yet.</param>
internal sealed record Plan(PlanKind Kind, long Version, Settings Target, ImmutableArray<Sku> Left);
