using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace FlashSale.Contracts;

/// <summary>The stock of one SKU; key <c>sku-{sku}</c>. Every answer leaves with its journal group (DESIGN.md 4.2).</summary>
/// <remarks>Throws <see cref="LedgerUnavailableException"/> where the outcome is unknown and <see cref="LedgerOverloadedException"/> where nothing happened.</remarks>
[Alias("fs.IStockGrain")]
public interface IStockGrain : IGrainWithStringKey
{
    /// <summary>Decides a batch in its order, one result a request.</summary>
    [AlwaysInterleave]
    [Alias("Reserve")]
    Task<ReserveReply> Reserve(ImmutableArray<Reserve> requests);

    /// <summary>Decides one command.</summary>
    [AlwaysInterleave]
    [Alias("Execute")]
    Task<StockResult> Execute(StockCommand command);

    /// <summary>The stock's figures; <see cref="StockView.Registered"/> is false for a SKU that nobody has made.</summary>
    [AlwaysInterleave]
    [Alias("View")]
    Task<StockView> View();

    /// <summary>Where these generations stand, in the order asked; a null is one that never was.</summary>
    [AlwaysInterleave]
    [Alias("Find")]
    Task<ImmutableArray<HoldInfo?>> Find(ImmutableArray<HoldRef> holds);

    /// <summary>Keeps the grain awake while it has live holds, and does what is due.</summary>
    [AlwaysInterleave]
    [Alias("Tend")]
    Task<TendReply> Tend();
}

/// <summary>One generation of a hold.</summary>
[GenerateSerializer, Immutable, Alias("fs.HoldRef")]
public readonly record struct HoldRef([property: Id(0)] HoldId Hold, [property: Id(1)] long Generation);

/// <summary>The results of a batch.</summary>
/// <param name="Results">One a request, in order.</param>
[GenerateSerializer, Immutable, Alias("fs.ReserveReply")]
public sealed record ReserveReply([property: Id(0)] ImmutableArray<StockResult> Results);

/// <summary>A command to the stock of one SKU. All are idempotent by operation id, by generation, or by campaign version.</summary>
[GenerateSerializer, Immutable, Alias("fs.StockCommand")]
public abstract record StockCommand;

/// <summary>Makes the SKU known. Idempotent.</summary>
[GenerateSerializer, Immutable, Alias("fs.Register")]
public sealed record Register : StockCommand;

/// <summary>Units arrive in the general pool.</summary>
/// <param name="Operation">The operator's operation.</param>
/// <param name="Quantity">Units, 1 to 100,000,000.</param>
/// <param name="Reason">1-200 characters.</param>
/// <param name="Told">What the answer shows besides the figures, kept so that a repeat is answered verbatim.</param>
[GenerateSerializer, Immutable, Alias("fs.Receive")]
public sealed record Receive(
    [property: Id(0)] OperationId Operation,
    [property: Id(1)] long Quantity,
    [property: Id(2)] string Reason,
    [property: Id(3)] Told? Told = null) : StockCommand;

/// <summary>Available units of the general pool leave for good.</summary>
/// <param name="Operation">The operator's operation.</param>
/// <param name="Quantity">Units, 1 to 100,000,000.</param>
/// <param name="Reason">1-200 characters.</param>
/// <param name="Told">What the answer shows besides the figures, kept so that a repeat is answered verbatim.</param>
/// <param name="GiveUp">It was refused and is no longer wanted: unless it has happened after all, it never may.</param>
[GenerateSerializer, Immutable, Alias("fs.Withdraw")]
public sealed record Withdraw(
    [property: Id(0)] OperationId Operation,
    [property: Id(1)] long Quantity,
    [property: Id(2)] string Reason,
    [property: Id(3)] Told? Told = null,
    [property: Id(4)] bool GiveUp = false) : StockCommand;

/// <summary>The parts of an adjustment's answer that other grains and activations may change later.</summary>
/// <param name="Name">The article's name.</param>
/// <param name="Price">Its price.</param>
/// <param name="Epoch">Epoch of the activation that answered; the grain fills it in.</param>
[GenerateSerializer, Immutable, Alias("fs.Told")]
public sealed record Told([property: Id(0)] string Name, [property: Id(1)] Money Price, [property: Id(2)] long Epoch = 0);

/// <summary>Gives the campaign's pool its rules and its units; lower or equal versions change nothing.</summary>
/// <param name="Campaign">Whose pool.</param>
/// <param name="Version">Version of the campaign, 1 and up.</param>
/// <param name="Frozen">The campaign is frozen: no new holds.</param>
/// <param name="OnSale">False: units are set aside, but no shopper can see the pool (a configuration not settled yet, or a dropped SKU).</param>
/// <param name="Units">What available, held and sold shall add up to, 0-100,000,000.</param>
/// <param name="Undo">Part of an undone configuration: units already held or sold meanwhile stay, instead of a conflict.</param>
/// <param name="OpensAt">Start of the window.</param>
/// <param name="ClosesAt">End of the window.</param>
/// <param name="LimitPerShopper">1-99.</param>
/// <param name="HoldSeconds">1-86400.</param>
/// <param name="Price">Price of one unit.</param>
[GenerateSerializer, Immutable, Alias("fs.ConfigurePool")]
public sealed record ConfigurePool(
    [property: Id(0)] CampaignId Campaign,
    [property: Id(1)] long Version,
    [property: Id(2)] bool OnSale,
    [property: Id(10)] bool Frozen,
    [property: Id(3)] long Units,
    [property: Id(4)] bool Undo,
    [property: Id(5)] DateTimeOffset OpensAt,
    [property: Id(6)] DateTimeOffset ClosesAt,
    [property: Id(7)] int LimitPerShopper,
    [property: Id(8)] int HoldSeconds,
    [property: Id(9)] Money Price) : StockCommand;

/// <summary>Stops new holds, until resumed.</summary>
[GenerateSerializer, Immutable, Alias("fs.FreezePool")]
public sealed record FreezePool([property: Id(0)] CampaignId Campaign, [property: Id(1)] long Version) : StockCommand;

/// <summary>Allows new holds again.</summary>
[GenerateSerializer, Immutable, Alias("fs.ResumePool")]
public sealed record ResumePool([property: Id(0)] CampaignId Campaign, [property: Id(1)] long Version) : StockCommand;

/// <summary>Ends the pool for good: unsold units go to the general pool, also those freed later.</summary>
[GenerateSerializer, Immutable, Alias("fs.ClosePool")]
public sealed record ClosePool([property: Id(0)] CampaignId Campaign, [property: Id(1)] long Version) : StockCommand;

/// <summary>Asks for units. The hold's id is the operation.</summary>
/// <param name="Operation">The shopper's operation.</param>
/// <param name="Shopper">For whom.</param>
/// <param name="Campaign">Out of which pool.</param>
/// <param name="Quantity">Units, 1-99.</param>
/// <param name="RefusedGeneration">A generation that the cart has durably refused; 0 for none. Only with it a hold that ended unclaimed may begin anew.</param>
[GenerateSerializer, Immutable, Alias("fs.Reserve")]
public sealed record Reserve(
    [property: Id(0)] OperationId Operation,
    [property: Id(1)] ShopperId Shopper,
    [property: Id(2)] CampaignId Campaign,
    [property: Id(3)] int Quantity,
    [property: Id(4)] long RefusedGeneration = 0) : StockCommand;

/// <summary>Moves a live hold's end to a later time; an earlier one changes nothing.</summary>
[GenerateSerializer, Immutable, Alias("fs.Extend")]
public sealed record Extend([property: Id(0)] HoldRef Hold, [property: Id(1)] DateTimeOffset ExpiresAt) : StockCommand;

/// <summary>Sells a hold, or a part of it; the rest is released in the same event. A late one takes units anew where some are left.</summary>
/// <param name="Operation">The operation that confirms, for example the order's.</param>
/// <param name="Hold">Which generation.</param>
/// <param name="Quantity">Units sold, 1 to the hold's quantity.</param>
[GenerateSerializer, Immutable, Alias("fs.Confirm")]
public sealed record Confirm([property: Id(0)] OperationId Operation, [property: Id(1)] HoldRef Hold, [property: Id(2)] int Quantity) : StockCommand;

/// <summary>Ends a hold; idempotent.</summary>
/// <param name="Hold">Which generation; never a bare quantity.</param>
/// <param name="Cause">Who ends it.</param>
/// <param name="Owned">With <see cref="ReleaseCause.ClaimRefused"/>: what the shopper owned in the campaign when the cart refused.</param>
[GenerateSerializer, Immutable, Alias("fs.Release")]
public sealed record Release([property: Id(0)] HoldRef Hold, [property: Id(1)] ReleaseCause Cause, [property: Id(2)] int Owned = 0) : StockCommand;

/// <summary>Why a hold was released.</summary>
[System.Text.Json.Serialization.JsonConverter(typeof(System.Text.Json.Serialization.JsonStringEnumConverter<ReleaseCause>))]
public enum ReleaseCause : byte
{
    /// <summary>The shopper gave it back.</summary>
    Shopper = 0,

    /// <summary>An operator ended it.</summary>
    Operator = 1,

    /// <summary>The cart refused the claim for the limit: for 2 s the pool refuses this shopper.</summary>
    ClaimRefused = 2,

    /// <summary>The cart refused the claim because the key belongs to a hold of another SKU.</summary>
    KeyUsedElsewhere = 3,

    /// <summary>An order gave it back.</summary>
    Order = 4,
}

/// <summary>Ends the holds whose time is over, at most <paramref name="Most"/> of them.</summary>
[GenerateSerializer, Immutable, Alias("fs.Expire")]
public sealed record Expire([property: Id(0)] int Most) : StockCommand;

/// <summary>Takes sold units back: into the pool, or out of the stock.</summary>
/// <param name="Operation">The operation that refunds.</param>
/// <param name="Hold">Which generation was sold.</param>
/// <param name="Quantity">Units, 1 to what is still sold of it.</param>
/// <param name="Restock">True: sellable again. False: withdrawn.</param>
[GenerateSerializer, Immutable, Alias("fs.Refund")]
public sealed record Refund(
    [property: Id(0)] OperationId Operation,
    [property: Id(1)] HoldRef Hold,
    [property: Id(2)] int Quantity,
    [property: Id(3)] bool Restock) : StockCommand;

/// <summary>The answer to one command.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Hold">The hold, where the command was about one and it is known.</param>
/// <param name="Repeated">The operation had been accepted before; <paramref name="Hold"/> shows its first answer with the current state.</param>
/// <param name="MayReturn">With <see cref="Status.SoldOut"/>: unpaid holds exist, so units may come back.</param>
/// <param name="OpensAt">With <see cref="Status.NotOpen"/>.</param>
/// <param name="Limit">With <see cref="Status.LimitReached"/>: units per shopper.</param>
/// <param name="Owned">With <see cref="Status.LimitReached"/>: units that the shopper holds or has bought.</param>
/// <param name="Detail">With <see cref="Status.Conflict"/>: what contradicts, for people.</param>
/// <param name="RetryAfter">With <see cref="Status.LimitReached"/> shortly after the cart refused a claim: how long the pool goes on refusing without asking it.</param>
/// <param name="View">With adjustments: the stock right after the operation, also when it is repeated.</param>
/// <param name="Told">With adjustments: what the first answer showed besides.</param>
[GenerateSerializer, Immutable, Alias("fs.StockResult")]
public sealed record StockResult(
    [property: Id(0)] Status Status,
    [property: Id(1)] HoldInfo? Hold = null,
    [property: Id(2)] bool Repeated = false,
    [property: Id(3)] bool MayReturn = false,
    [property: Id(4)] DateTimeOffset? OpensAt = null,
    [property: Id(5)] int Limit = 0,
    [property: Id(6)] int Owned = 0,
    [property: Id(7)] string? Detail = null,
    [property: Id(8)] StockView? View = null,
    [property: Id(9)] TimeSpan? RetryAfter = null,
    [property: Id(10)] Told? Told = null);

/// <summary>The figures of one pool; <c>Units = Available + Held + Sold</c>.</summary>
/// <param name="Campaign">Whose pool.</param>
/// <param name="Available">Units that can be had.</param>
/// <param name="Held">Units in live holds.</param>
/// <param name="Sold">Units sold and not refunded.</param>
[GenerateSerializer, Immutable, Alias("fs.PoolView")]
public sealed record PoolView([property: Id(0)] CampaignId Campaign, [property: Id(1)] long Available, [property: Id(2)] long Held, [property: Id(3)] long Sold)
{
    /// <summary>What belongs to the pool.</summary>
    public long Units => Available + Held + Sold;

    /// <summary>What shoppers may know of it.</summary>
    public Availability Availability =>
        Available == 0 ? Availability.SoldOut : Available * 10 <= Units ? Availability.Low : Availability.Available;
}

/// <summary>The figures of one SKU; <c>Received = Available + Held + Sold + Withdrawn</c>, summed over the general and all other pools.</summary>
/// <param name="Sku">Which.</param>
/// <param name="Registered">False where nobody has made the SKU.</param>
/// <param name="Received">Units ever received.</param>
/// <param name="Withdrawn">Units that left for good.</param>
/// <param name="General">Available units of the general pool; it has no holds and no sales.</param>
/// <param name="Pools">The campaigns' pools.</param>
/// <param name="Epoch">Epoch of the activation that answered; 0 before the first event.</param>
/// <param name="Seq">Last journal seq that these figures contain.</param>
[GenerateSerializer, Immutable, Alias("fs.StockView")]
public sealed record StockView(
    [property: Id(0)] Sku Sku,
    [property: Id(1)] bool Registered,
    [property: Id(2)] long Received,
    [property: Id(3)] long Withdrawn,
    [property: Id(4)] long General,
    [property: Id(5)] ImmutableArray<PoolView> Pools,
    [property: Id(6)] long Epoch,
    [property: Id(7)] long Seq)
{
    /// <summary>Sellable units over all pools.</summary>
    public long Available => General + Pools.Sum(p => p.Available);

    /// <summary>Held units over all pools.</summary>
    public long Held => Pools.Sum(p => p.Held);

    /// <summary>Sold units over all pools.</summary>
    public long Sold => Pools.Sum(p => p.Sold);
}

/// <summary>What the keeper learns from a grain that it tended.</summary>
/// <param name="Busy">Live holds or unfinished steps: tend it again soon.</param>
/// <param name="DueAt">Ledger time of the next thing to do, if any.</param>
[GenerateSerializer, Immutable, Alias("fs.TendReply")]
public sealed record TendReply([property: Id(0)] bool Busy, [property: Id(1)] DateTimeOffset? DueAt);
