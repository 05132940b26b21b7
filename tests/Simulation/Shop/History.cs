using System.Collections.Immutable;
using System.Globalization;
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

    /// <summary>Through which process.</summary>
    public string By { get; init; } = "";

    protected string Asked => string.Create(CultureInfo.InvariantCulture, $" (asked at {AskedAt.TotalSeconds:0.0000}, answered at {AnsweredAt.TotalSeconds:0.0000})");
}

/// <summary>POST holds.</summary>
internal sealed record HoldTold(ShopperId Shopper, CampaignId Campaign, Sku Sku, int Quantity, string Key, StockResult Result) : Told
{
    public OperationId Operation => OperationId.Of(Shopper.Value, "hold", Key);

    public override string ToString() => $"{Shopper} {Key}: hold {Quantity} of {Sku} in {Campaign} -> {Brief.Of(Result)}{Asked}";
}

/// <summary>DELETE holds/{id}, by the shopper or an operator.</summary>
internal sealed record ReleaseTold(ShopperId Shopper, HoldInfo Hold, Status Status) : Told
{
    public override string ToString() => $"{Shopper}: release {Brief.Of(Hold)} -> {Status}{Asked}";
}

/// <summary>GET holds/{id}.</summary>
internal sealed record FindTold(ShopperId Shopper, HoldInfo Hold, HoldInfo? Found) : Told
{
    public override string ToString() => $"{Shopper}: show {Brief.Of(Hold)} -> {Brief.Of(Found)}{Asked}";
}

/// <summary>A command of the order clerk to a stock: confirm, refund, extend.</summary>
internal sealed record OrderTold(HoldInfo Hold, StockCommand Command, OperationId? Operation, StockResult Result) : Told
{
    public override string ToString() => $"order: {Brief.Of(Command)} -> {Brief.Of(Result)}{Asked}";
}

/// <summary>POST admin/skus/{sku}/adjustments.</summary>
internal sealed record AdjustTold(OperationId Key, Sku Sku, long Delta, StockResult Result) : Told
{
    public bool Is(Sku sku, long delta) => Sku == sku && Delta == delta;

    public override string ToString() => $"operator {Key}: {Delta} of {Sku} -> {Brief.Of(Result)}{Asked}";
}

/// <summary>An operator's change of a campaign: a configuration, or an action.</summary>
internal sealed record CampaignTold(CampaignId Campaign, CampaignConfig? Config, CampaignAction? Action, CampaignResult Result) : Told
{
    public override string ToString() => $"operator: {Action?.ToString() ?? (Config is null ? "show" : $"configure {Brief.Of(Config)} for")} {Campaign} -> {Result.Status} {Result.Detail}{Asked}";
}

/// <summary>GET admin/skus/{sku}.</summary>
internal sealed record ViewTold(Sku Sku, StockView View) : Told
{
    public override string ToString() => $"operator: show {Sku} -> {Brief.Of(View)}{Asked}";
}

/// <summary>GET cart: live and confirmed holds.</summary>
internal sealed record HoldsTold(ShopperId Shopper, ImmutableArray<HoldInfo> Holds) : Told
{
    public override string ToString() => $"{Shopper}: show the cart -> {string.Join("; ", Holds.Select(Brief.Of))}{Asked}";
}

/// <summary>503: <c>unavailable</c>, the outcome is unknown; <c>overloaded</c>, nothing happened.</summary>
internal sealed record NothingTold(string Code, string Why, OperationId? Operation) : Told
{
    public override string ToString() => $"{Code}: {Why}{Asked}";
}

/// <summary>Everything that was told in a run, in the order in which it was told.</summary>
internal sealed class History
{
    private readonly List<Told> _told = [];
    private readonly Dictionary<OperationId, int> _asked = [];
    private readonly HashSet<HoldId> _givenBack = [];

    public IReadOnlyList<Told> All => _told;

    public IEnumerable<T> Of<T>()
        where T : Told => _told.OfType<T>();

    public void Add(Told told) => _told.Add(told);

    /// <summary>Somebody asks for an operation, whatever comes of it.</summary>
    public void Asked(OperationId? operation)
    {
        if (operation is { } id) _asked[id] = TimesAsked(id) + 1;
    }

    /// <summary>Somebody asks a cart to release a hold, whatever comes of it.</summary>
    public void GivesBack(HoldId hold) => _givenBack.Add(hold);

    public bool IsGivenBack(string hold) => HoldId.TryParse(hold, out var id) && _givenBack.Contains(id);

    public int TimesAsked(OperationId operation) => _asked.GetValueOrDefault(operation);
}
