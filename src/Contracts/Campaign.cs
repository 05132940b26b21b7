using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace FlashSale.Contracts;

/// <summary>One drop: its configuration, its board, and the steps that carry a change to the SKUs; key <c>campaign-{campaign}</c>.</summary>
/// <remarks>Throws as <see cref="IStockGrain"/> does.</remarks>
[Alias("fs.ICampaignGrain")]
public interface ICampaignGrain : IGrainWithStringKey
{
    /// <summary>Brings the campaign and all its SKUs to this configuration, or none of them.</summary>
    [Alias("Configure")]
    Task<CampaignResult> Configure(CampaignConfig config);

    /// <summary>Freezes, resumes or closes.</summary>
    [Alias("Change")]
    Task<CampaignResult> Change(CampaignAction action);

    /// <summary>Configuration and figures for operators, or null.</summary>
    [AlwaysInterleave]
    [Alias("View")]
    Task<CampaignView?> View();

    /// <summary>
    /// The board as soon as its version is not <paramref name="knownVersion"/>, else after at most 2 s the same again; at once with 0. Null: no such campaign.
    /// </summary>
    [AlwaysInterleave]
    [Alias("Watch")]
    [ResponseTimeout("00:00:05")] // What it may wait, and as much as any call may take.
    Task<CampaignBoard?> Watch(long knownVersion);

    /// <summary>A SKU's level after the commit that changed it, or on its activation.</summary>
    /// <param name="sku">Which.</param>
    /// <param name="seq">Journal seq of the SKU that the level is of; an older one than known is ignored.</param>
    /// <param name="availability">The level.</param>
    [AlwaysInterleave]
    [Alias("ReportLevel")]
    Task ReportLevel(Sku sku, long seq, Availability availability);

    /// <summary>Drives unfinished steps, closes at the end of the window, keeps the SKUs that need it awake.</summary>
    [Alias("Tend")]
    Task<TendReply> Tend();
}

/// <summary>What an operator does to a running campaign.</summary>
public enum CampaignAction : byte
{
    /// <summary>No new holds until resumed.</summary>
    Freeze = 0,

    /// <summary>New holds again.</summary>
    Resume = 1,

    /// <summary>The end, for good.</summary>
    Close = 2,
}

/// <summary>A campaign as an operator writes it.</summary>
/// <param name="Name">1-200 characters.</param>
/// <param name="Mode"><c>flow</c>: first come, first served.</param>
/// <param name="OpensAt">Start of the window.</param>
/// <param name="ClosesAt">End of the window, later than the start by at most 366 days.</param>
/// <param name="LimitPerShopper">Units per shopper over all SKUs, 1-99.</param>
/// <param name="HoldSeconds">1-86400.</param>
/// <param name="Skus">1-200, no SKU twice.</param>
[GenerateSerializer, Immutable, Alias("fs.CampaignConfig")]
public sealed record CampaignConfig(
    [property: Id(0)] string Name,
    [property: Id(1)] string Mode,
    [property: Id(2)] DateTimeOffset OpensAt,
    [property: Id(3)] DateTimeOffset ClosesAt,
    [property: Id(4)] int LimitPerShopper,
    [property: Id(5)] int HoldSeconds,
    [property: Id(6)] ImmutableArray<CampaignSku> Skus);

/// <summary>One SKU of a campaign.</summary>
/// <param name="Sku">Which.</param>
/// <param name="Units">Units of its pool, 0-100,000,000.</param>
/// <param name="Price">Price in this campaign; null: the SKU's own.</param>
[GenerateSerializer, Immutable, Alias("fs.CampaignSku")]
public sealed record CampaignSku([property: Id(0)] Sku Sku, [property: Id(1)] long Units, [property: Id(2)] Money? Price);

/// <summary>The answer to an operator's change.</summary>
/// <param name="Status">Accepted, NotFound, or Conflict.</param>
/// <param name="View">With Accepted.</param>
/// <param name="Detail">With Conflict: the reason.</param>
[GenerateSerializer, Immutable, Alias("fs.CampaignResult")]
public sealed record CampaignResult([property: Id(0)] Status Status, [property: Id(1)] CampaignView? View = null, [property: Id(2)] string? Detail = null);

/// <summary>A campaign as an operator sees it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Config">The configuration in force.</param>
/// <param name="Version">Its version, raised by each change.</param>
/// <param name="Frozen">Frozen by an operator.</param>
/// <param name="Closed">Closed, by an operator or by time.</param>
/// <param name="Pools">The figures of its pools, in the order of the configuration.</param>
[GenerateSerializer, Immutable, Alias("fs.CampaignView")]
public sealed record CampaignView(
    [property: Id(0)] CampaignId Id,
    [property: Id(1)] CampaignConfig Config,
    [property: Id(2)] long Version,
    [property: Id(3)] bool Frozen,
    [property: Id(4)] bool Closed,
    [property: Id(5)] ImmutableArray<SkuPool> Pools);

/// <summary>The pool of one SKU.</summary>
[GenerateSerializer, Immutable, Alias("fs.SkuPool")]
public sealed record SkuPool([property: Id(0)] Sku Sku, [property: Id(1)] PoolView Pool);

/// <summary>What shoppers see. State and times are judged by the reader with ledger time.</summary>
/// <param name="Id">Which campaign.</param>
/// <param name="Version">Grows with each change; over activations too, once <see cref="Seq"/> has said which board is the newer one.</param>
/// <param name="Name">1-200 characters.</param>
/// <param name="Mode"><c>flow</c>.</param>
/// <param name="OpensAt">Start of the window.</param>
/// <param name="ClosesAt">End of the window.</param>
/// <param name="LimitPerShopper">1-99.</param>
/// <param name="HoldSeconds">1-86400.</param>
/// <param name="Frozen">Frozen by an operator.</param>
/// <param name="Closed">Closed for good.</param>
/// <param name="Skus">What can be bought.</param>
/// <param name="FormerSkus">SKUs that once were part of it: operations on them may be repeated.</param>
[GenerateSerializer, Immutable, Alias("fs.CampaignBoard")]
public sealed record CampaignBoard(
    [property: Id(0)] CampaignId Id,
    [property: Id(1)] long Version,
    [property: Id(2)] string Name,
    [property: Id(3)] string Mode,
    [property: Id(4)] DateTimeOffset OpensAt,
    [property: Id(5)] DateTimeOffset ClosesAt,
    [property: Id(6)] int LimitPerShopper,
    [property: Id(7)] int HoldSeconds,
    [property: Id(8)] bool Frozen,
    [property: Id(9)] bool Closed,
    [property: Id(10)] ImmutableArray<BoardSku> Skus,
    [property: Id(11)] ImmutableArray<Sku> FormerSkus)
{
    /// <summary>
    /// Seq of the newest event that is shown. Of two boards the one with more events is the newer one, whatever their versions: these begin with ledger
    /// time, and another activation's clock may have been ahead.
    /// </summary>
    [Id(12)]
    public long Seq { get; init; }

    /// <summary>True where the SKU is, or once was, part of the campaign.</summary>
    public bool Knows(Sku sku) => Skus.Any(s => s.Sku == sku) || FormerSkus.Contains(sku);
}

/// <summary>One article on the board.</summary>
[GenerateSerializer, Immutable, Alias("fs.BoardSku")]
public sealed record BoardSku(
    [property: Id(0)] Sku Sku,
    [property: Id(1)] string Name,
    [property: Id(2)] Money Price,
    [property: Id(3)] Availability Availability);
