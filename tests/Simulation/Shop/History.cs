using System.Collections.Immutable;
using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>Somebody asked a gateway, and the gateway answered. Recorded as the answer leaves it: a promise counts even if its client never hears it.</summary>
internal abstract record Told
{
    /// <summary>When the client asked.</summary>
    public TimeSpan AskedAt { get; init; }

    /// <summary>When the answer left the gateway.</summary>
    public TimeSpan AnsweredAt { get; init; }

    /// <summary>How many events were durable when the answer left: what it promises must be among them.</summary>
    public int Durable { get; init; }
}

/// <summary>POST holds.</summary>
internal sealed record HoldTold(ShopperId Shopper, CampaignId Campaign, Sku Sku, int Quantity, string Key, StockResult Result) : Told
{
    public OperationId Operation => OperationId.Of(Shopper.Value, "hold", Key);
}

/// <summary>DELETE holds/{id}, by the shopper or an operator.</summary>
internal sealed record ReleaseTold(ShopperId Shopper, HoldInfo Hold, Status Status) : Told;

/// <summary>GET holds/{id}.</summary>
internal sealed record FindTold(ShopperId Shopper, HoldInfo Hold, HoldInfo? Found) : Told;

/// <summary>A command of the order clerk to a stock: confirm, refund, extend.</summary>
internal sealed record OrderTold(HoldInfo Hold, StockCommand Command, OperationId? Operation, StockResult Result) : Told;

/// <summary>POST admin/skus/{sku}/adjustments.</summary>
internal sealed record AdjustTold(OperationId Key, Sku Sku, long Delta, StockResult Result) : Told
{
    public bool Is(Sku sku, long delta) => Sku == sku && Delta == delta;
}

/// <summary>An operator's change of a campaign: a configuration, or an action.</summary>
internal sealed record CampaignTold(CampaignId Campaign, CampaignConfig? Config, CampaignAction? Action, CampaignResult Result) : Told;

/// <summary>GET admin/skus/{sku}.</summary>
internal sealed record ViewTold(Sku Sku, StockView View) : Told;

/// <summary>GET cart: live and confirmed holds.</summary>
internal sealed record HoldsTold(ShopperId Shopper, ImmutableArray<HoldInfo> Holds) : Told;

/// <summary>503 unavailable: the outcome is unknown.</summary>
internal sealed record NothingTold(string Why) : Told;

/// <summary>Everything that was told in a run, in the order in which it was told.</summary>
internal sealed class History
{
    private readonly List<Told> _told = [];

    public IReadOnlyList<Told> All => _told;

    public IEnumerable<T> Of<T>()
        where T : Told => _told.OfType<T>();

    public void Add(Told told) => _told.Add(told);
}
