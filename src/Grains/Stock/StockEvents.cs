using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Stock;

/// <summary>What can happen to the stock of one SKU. The order of members is the order in the stored JSON.</summary>
internal abstract record StockEvent : IEvent
{
    [JsonIgnore]
    public OperationId? Operation { get; init; }
}

/// <summary>The SKU exists.</summary>
internal sealed record Registered : StockEvent;

/// <summary>Units arrived in the general pool.</summary>
internal sealed record Received(long Quantity, string Reason, Told? Told = null) : StockEvent;

/// <summary>Units of the general pool left for good.</summary>
internal sealed record Withdrawn(long Quantity, string Reason, Told? Told = null) : StockEvent;

/// <summary>A withdrawal that was refused will never happen, however late its request comes a second time.</summary>
internal sealed record WithdrawalGivenUp(long Quantity, string Reason) : StockEvent;

/// <summary>The campaign's pool has these rules, and <paramref name="Moved"/> units came from the general pool (negative: went there).</summary>
internal sealed record PoolConfigured(
    CampaignId Campaign,
    long Version,
    bool OnSale,
    bool Frozen,
    long Moved,
    DateTimeOffset OpensAt,
    DateTimeOffset ClosesAt,
    int LimitPerShopper,
    int HoldSeconds,
    Money Price) : StockEvent;

/// <summary>Units went from available to held. Its seq is the generation.</summary>
internal sealed record Held(
    HoldId Hold,
    ShopperId Shopper,
    CampaignId Campaign,
    int Quantity,
    DateTimeOffset ExpiresAt,
    int Limit,
    Money Price) : StockEvent;

/// <summary>The hold ends later.</summary>
internal sealed record Extended(HoldId Hold, long Generation, DateTimeOffset ExpiresAt) : StockEvent;

/// <summary>End of a generation: <paramref name="Sold"/> units went from held to sold, <paramref name="Freed"/> became available again.</summary>
internal sealed record Confirmed(HoldId Hold, long Generation, int Sold, int Freed) : StockEvent;

/// <summary>End of a generation: its units became available again.</summary>
/// <param name="Hold">Which.</param>
/// <param name="Generation">Which.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Cause">Who ended it.</param>
/// <param name="Owned">With a refused claim: units the shopper owned in the campaign.</param>
internal sealed record Released(HoldId Hold, long Generation, int Quantity, ReleaseCause Cause, int Owned) : StockEvent;

/// <summary>End of a generation: its units became available again.</summary>
internal sealed record Expired(HoldId Hold, long Generation, int Quantity) : StockEvent;

/// <summary>Sold units came back: available again, or withdrawn.</summary>
internal sealed record Refunded(HoldId Hold, long Generation, int Quantity, bool Restock) : StockEvent;

/// <summary>No new holds.</summary>
internal sealed record PoolFrozen(CampaignId Campaign, long Version) : StockEvent;

/// <summary>New holds again.</summary>
internal sealed record PoolResumed(CampaignId Campaign, long Version) : StockEvent;

/// <summary>The pool ended; its available units, <paramref name="Returned"/>, went to the general pool, as will all that are freed later.</summary>
internal sealed record PoolClosed(CampaignId Campaign, long Version, long Returned) : StockEvent;
