using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Campaign;

/// <summary>A command to a campaign.</summary>
internal abstract record CampaignCommand;

/// <summary>An operator wants this configuration.</summary>
/// <param name="Config">As written.</param>
/// <param name="Prices">The price of each SKU, resolved.</param>
internal sealed record Configure(CampaignConfig Config, ImmutableArray<SkuPrice> Prices) : CampaignCommand;

/// <summary>An operator, or the end of the window, wants this.</summary>
internal sealed record Change(CampaignAction Action) : CampaignCommand;

/// <summary>A SKU has taken the plan's step.</summary>
internal sealed record FinishStep(long Version, Sku Sku) : CampaignCommand;

/// <summary>A SKU cannot take the plan's step: the whole configuration is undone.</summary>
internal sealed record AbandonPlan(long Version, Sku Sku, string Reason) : CampaignCommand;

/// <summary>What can happen to a campaign.</summary>
internal abstract record CampaignEvent : IEvent
{
    [JsonIgnore]
    public OperationId? Operation { get; init; }
}

/// <summary>A configuration was accepted and is being carried to the SKUs.</summary>
internal sealed record Configured(long Version, CampaignConfig Config, ImmutableArray<SkuPrice> Prices) : CampaignEvent
{
    /// <summary>SKUs whose units change, in the first round; null in journals of before, where only those with more units had one.</summary>
    public ImmutableArray<Sku>? First { get; init; }
}

/// <summary>One SKU has it.</summary>
internal sealed record StepFinished(long Version, Sku Sku) : CampaignEvent;

/// <summary>One SKU cannot have it; the SKUs are led back to the configuration before.</summary>
internal sealed record Undone(long Version, Sku Sku, string Reason) : CampaignEvent;

/// <summary>Frozen by an operator.</summary>
internal sealed record CampaignFrozen(long Version) : CampaignEvent;

/// <summary>Resumed by an operator.</summary>
internal sealed record CampaignResumed(long Version) : CampaignEvent;

/// <summary>Closed, by an operator or at the end of the window.</summary>
internal sealed record CampaignClosed(long Version) : CampaignEvent;

/// <summary>The price of a SKU in a configuration.</summary>
internal sealed record SkuPrice(Sku Sku, Money Price);
