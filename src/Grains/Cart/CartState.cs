using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Cart;

/// <summary>What one shopper's cart knows: the fold of its events. Immutable.</summary>
internal sealed record CartState
{
    public ImmutableDictionary<HoldId, Claim> Claims { get; init; } = ImmutableDictionary<HoldId, Claim>.Empty;

    public ImmutableDictionary<ClaimKey, ClaimRefused> Refusals { get; init; } = ImmutableDictionary<ClaimKey, ClaimRefused>.Empty;

    /// <summary>Units claimed and live, or bought, in a campaign.</summary>
    public int Owned(CampaignId campaign, HoldId except) =>
        Claims.Values.Where(c => c.Hold.Campaign == campaign && c.Hold.Id != except).Sum(c => c.Counted);
}

/// <summary>A claim that was accepted.</summary>
/// <param name="Hold">As first claimed: the first answer to the shopper.</param>
/// <param name="Generation">The newest generation claimed.</param>
/// <param name="Quantity">Units held or bought.</param>
/// <param name="State">What the stock last told of it.</param>
internal sealed record Claim(HoldInfo Hold, long Generation, int Quantity, HoldState State)
{
    public HoldRef Ref => new(Hold.Id, Generation);

    /// <summary>Units that count for the limit.</summary>
    public int Counted => State is HoldState.Held or HoldState.Confirmed ? Quantity : 0;
}

/// <summary>One generation of a hold in one SKU; a key used twice may have holds of one id in two SKUs.</summary>
internal readonly record struct ClaimKey(HoldId Hold, Sku Sku, long Generation);

/// <summary>A command to a cart.</summary>
internal abstract record CartCommand;

/// <summary>Claims a generation.</summary>
/// <param name="Hold">As the stock granted it.</param>
/// <param name="Asked">The stock was asked which claims have ended: only then a refusal for the limit is final.</param>
internal sealed record ClaimHold(HoldInfo Hold, bool Asked) : CartCommand;

/// <summary>Refuses a generation that ended unclaimed.</summary>
internal sealed record RefuseHold(HoldInfo Hold) : CartCommand;

/// <summary>The stock told that a claimed generation was confirmed, refunded in part, or ended.</summary>
internal sealed record EndClaim(HoldRef Hold, HoldState State, int Quantity) : CartCommand;

/// <summary>What can happen to a cart.</summary>
internal abstract record CartEvent : IEvent
{
    [JsonIgnore]
    public OperationId? Operation { get; init; }
}

/// <summary>The hold counts for the shopper; only now it is promised.</summary>
internal sealed record Claimed(HoldInfo Hold) : CartEvent;

/// <summary>This generation will never count.</summary>
internal sealed record ClaimRefused(HoldId Hold, Sku Sku, long Generation, CampaignId Campaign, Status Status, int Limit, int Owned) : CartEvent;

/// <summary>The stock told what became of a claimed generation.</summary>
internal sealed record ClaimEnded(HoldId Hold, long Generation, HoldState State, int Quantity) : CartEvent;
