using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace FlashSale.Contracts;

/// <summary>What one shopper holds, over all campaigns; key <c>shopper-{shopper}</c>.</summary>
/// <remarks>Throws as <see cref="IStockGrain"/> does.</remarks>
[Alias("fs.ICartGrain")]
public interface ICartGrain : IGrainWithStringKey
{
    /// <summary>
    /// Claims one generation of a hold. The answer is durable and final for that generation, refusals too. Before it refuses for the limit,
    /// the cart asks the stock about claims that may have ended.
    /// </summary>
    [AlwaysInterleave]
    [Alias("Claim")]
    Task<ClaimResult> Claim(HoldInfo hold);

    /// <summary>Refuses a generation that ended unclaimed, so that a new one may begin; a generation that was claimed stays claimed. Answers <see cref="Status.Gone"/>, or a refusal recorded before.</summary>
    [AlwaysInterleave]
    [Alias("Refuse")]
    Task<ClaimResult> Refuse(HoldInfo hold);

    /// <summary>The claimed hold with its current state, or null.</summary>
    [AlwaysInterleave]
    [Alias("Find")]
    Task<HoldInfo?> Find(HoldId hold);

    /// <summary>Live and confirmed holds.</summary>
    [AlwaysInterleave]
    [Alias("Holds")]
    Task<ImmutableArray<HoldInfo>> Holds();

    /// <summary>Gives a hold back: <see cref="Status.Accepted"/> also where it had ended, <see cref="Status.NotFound"/>, <see cref="Status.AlreadyConfirmed"/>.</summary>
    [AlwaysInterleave]
    [Alias("Release")]
    Task<Status> Release(HoldId hold, ReleaseCause cause);
}

/// <summary>The cart's answer to a claim.</summary>
/// <param name="Status"><see cref="Status.Accepted"/> (claimed, now or before), <see cref="Status.IdempotencyMismatch"/>,
/// <see cref="Status.LimitReached"/>, or <see cref="Status.Gone"/>: refused unclaimed.</param>
/// <param name="Hold">With Accepted: the hold as first claimed, whatever became of it.</param>
/// <param name="Limit">With LimitReached: units per shopper and campaign.</param>
/// <param name="Owned">With LimitReached: units claimed or bought in the campaign.</param>
[GenerateSerializer, Immutable, Alias("fs.ClaimResult")]
public sealed record ClaimResult(
    [property: Id(0)] Status Status,
    [property: Id(1)] HoldInfo? Hold = null,
    [property: Id(2)] int Limit = 0,
    [property: Id(3)] int Owned = 0);
