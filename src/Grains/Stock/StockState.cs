using System.Collections.Immutable;
using System.Text.Json.Serialization;
using FlashSale.Contracts;

namespace FlashSale.Grains.Stock;

/// <summary>The stock of one SKU: the fold of its events. Immutable.</summary>
internal sealed record StockState(Sku Sku)
{
    /// <summary>Seq of the last event folded in.</summary>
    public long Seq { get; init; }

    public bool Registered { get; init; }

    public long Received { get; init; }

    public long Withdrawn { get; init; }

    /// <summary>Available units of the general pool.</summary>
    public long General { get; init; }

    public ImmutableDictionary<CampaignId, Pool> Pools { get; init; } = ImmutableDictionary<CampaignId, Pool>.Empty;

    /// <summary>Every hold that may still be asked about, ended ones too: a repeat must get its first answer.</summary>
    public ImmutableDictionary<HoldId, Hold> Holds { get; init; } = ImmutableDictionary<HoldId, Hold>.Empty;

    /// <summary>Live holds by the time of their end.</summary>
    public ImmutableSortedSet<Due> Due { get; init; } = ImmutableSortedSet<Due>.Empty;

    /// <summary>Operations other than reservations that have their last answer, with what is needed to repeat it.</summary>
    public ImmutableDictionary<OperationId, Done> Done { get; init; } = ImmutableDictionary<OperationId, Done>.Empty;

    /// <summary>When to look again for operations that need no longer be remembered.</summary>
    public DateTimeOffset ForgetAt { get; init; }

    public StockView View => new(
        Sku,
        Registered,
        Received,
        Withdrawn,
        General,
        [.. Pools.Values.OrderBy(p => p.Campaign.Value, StringComparer.Ordinal).Select(p => p.View)],
        Epoch: 0,
        Seq);

    public HoldInfo Info(Hold hold) => new(
        hold.Id,
        hold.Generation,
        hold.Shopper,
        hold.Campaign,
        Sku,
        hold.State == HoldState.Confirmed ? hold.Sold : hold.Quantity,
        hold.ExpiresAt,
        hold.Limit,
        hold.Price,
        hold.State);
}

/// <summary>The ring-fenced stock of one campaign, and the rules by which it is given out.</summary>
internal sealed record Pool(CampaignId Campaign)
{
    /// <summary>Version of the campaign that was applied last.</summary>
    public long Version { get; init; }

    /// <summary>False: set aside, but no shopper can see it.</summary>
    public bool OnSale { get; init; }

    public bool Frozen { get; init; }

    /// <summary>When it was closed for good; null while it is not.</summary>
    public DateTimeOffset? ClosedAt { get; init; }

    public DateTimeOffset OpensAt { get; init; }

    public DateTimeOffset ClosesAt { get; init; }

    public int LimitPerShopper { get; init; }

    public int HoldSeconds { get; init; }

    public Money Price { get; init; } = Money.None;

    public long Available { get; init; }

    public long Held { get; init; }

    public long Sold { get; init; }

    [JsonIgnore] // A snapshot writes them as a list.
    public ImmutableDictionary<ShopperId, Owned> Shoppers { get; init; } = ImmutableDictionary<ShopperId, Owned>.Empty;

    public long Units => Available + Held + Sold;

    public PoolView View => new(Campaign, Available, Held, Sold);
}

/// <summary>What one shopper has of a pool.</summary>
/// <param name="Units">Held and sold.</param>
/// <param name="RefusedUntil">The cart refused a claim for the limit: until then nothing more is given.</param>
/// <param name="RefusedOwned">What the cart counted then, over all SKUs.</param>
internal readonly record struct Owned(int Units, DateTimeOffset RefusedUntil, int RefusedOwned);

/// <summary>The current generation of a hold.</summary>
internal sealed record Hold(
    HoldId Id,
    long Generation,
    ShopperId Shopper,
    CampaignId Campaign,
    int Quantity,
    DateTimeOffset ExpiresAt,
    int Limit,
    Money Price)
{
    public HoldState State { get; init; }

    /// <summary>Units that the operation asked for: what a repeat must ask for too. A late confirmation may have taken fewer.</summary>
    public int Asked { get; init; }

    /// <summary>Units sold and not refunded.</summary>
    public int Sold { get; init; }

    public HoldRef Ref => new(Id, Generation);
}

/// <summary>One operation that was accepted, or given up.</summary>
/// <param name="At">Ledger time.</param>
/// <param name="Body">What was asked; another body under the same operation is refused.</param>
/// <param name="View">With adjustments: the figures right after.</param>
/// <param name="Told">With adjustments: what the answer showed besides.</param>
/// <param name="GivenUp">It was not accepted and never will be.</param>
internal sealed record Done(DateTimeOffset At, DoneBody Body, StockView? View, Told? Told = null, bool GivenUp = false);

/// <summary>The parts of an operation's request that a repeat must have too.</summary>
internal readonly record struct DoneBody(string Kind, HoldId Hold, long Quantity, string? Text);

/// <summary>When a live hold ends.</summary>
internal readonly record struct Due(DateTimeOffset At, HoldRef Hold) : IComparable<Due>
{
    public int CompareTo(Due other)
    {
        var byTime = At.CompareTo(other.At);
        return byTime != 0 ? byTime : Hold.Hold.CompareTo(other.Hold.Hold);
    }
}
