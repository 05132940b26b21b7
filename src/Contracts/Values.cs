using System.Text.Json.Serialization;
using Orleans;

namespace FlashSale.Contracts;

/// <summary>An amount of money.</summary>
/// <param name="Amount">Integer minor units (fen, cents), 0 to 10^12.</param>
/// <param name="Currency">Three capital letters, ISO 4217.</param>
[GenerateSerializer, Immutable, Alias("fs.Money")]
public sealed record Money([property: Id(0)] long Amount, [property: Id(1)] string Currency)
{
    /// <summary>The price of an article that nobody has priced.</summary>
    public static readonly Money None = new(0, "CNY");
}

/// <summary>
/// How an operation ended. Business refusals are values, numbered in the order of precedence of API.md: the first that applies wins.
/// The gateway maps each to HTTP in one switch.
/// </summary>
public enum Status : byte
{
    /// <summary>Done, by this very request or by an earlier one with the same key.</summary>
    Accepted = 0,

    /// <summary>No such SKU, campaign, hold, or SKU in this campaign.</summary>
    NotFound = 1,

    /// <summary>The key was used with another body.</summary>
    IdempotencyMismatch = 2,

    /// <summary>Later modes: this shopper may not take part.</summary>
    NotEligible = 3,

    /// <summary>Later modes: this shopper must be admitted first.</summary>
    AdmissionRequired = 4,

    /// <summary>Before <c>opensAt</c>.</summary>
    NotOpen = 5,

    /// <summary>After <c>closesAt</c>, or closed by an operator.</summary>
    Closed = 6,

    /// <summary>Frozen by an operator; may be resumed.</summary>
    Frozen = 7,

    /// <summary>Over the shopper's limit.</summary>
    LimitReached = 8,

    /// <summary>Not enough units left.</summary>
    SoldOut = 9,

    /// <summary>A bound is full; nothing happened.</summary>
    Overloaded = 10,

    /// <summary>The hold has ended.</summary>
    Gone = 11,

    /// <summary>The hold was confirmed, so it cannot be released.</summary>
    AlreadyConfirmed = 12,

    /// <summary>An operator's request contradicts the state; the reason is in the detail.</summary>
    Conflict = 13,
}

/// <summary>Where a hold's current generation stands.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<HoldState>))]
public enum HoldState : byte
{
    /// <summary>Units are taken out of the pool until the hold expires.</summary>
    [JsonStringEnumMemberName("held")]
    Held = 0,

    /// <summary>Sold.</summary>
    [JsonStringEnumMemberName("confirmed")]
    Confirmed = 1,

    /// <summary>Given back by the shopper, an operator, or because the cart refused it.</summary>
    [JsonStringEnumMemberName("released")]
    Released = 2,

    /// <summary>Given back because its time was over.</summary>
    [JsonStringEnumMemberName("expired")]
    Expired = 3,
}

/// <summary>What a shopper can know of a pool's stock.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Availability>))]
public enum Availability : byte
{
    /// <summary>More than a tenth of the units can be had.</summary>
    [JsonStringEnumMemberName("available")]
    Available = 0,

    /// <summary>At most a tenth of the units can be had.</summary>
    [JsonStringEnumMemberName("low")]
    Low = 1,

    /// <summary>No unit can be had right now.</summary>
    [JsonStringEnumMemberName("soldOut")]
    SoldOut = 2,
}

/// <summary>One generation of a hold, as the stock granted it.</summary>
/// <param name="Id">The hold.</param>
/// <param name="Generation">Journal seq of the event that created this generation; 1 and up.</param>
/// <param name="Shopper">For whom.</param>
/// <param name="Campaign">Out of which pool.</param>
/// <param name="Sku">Which article.</param>
/// <param name="Quantity">Units, 1-99; of a confirmed hold the units sold.</param>
/// <param name="ExpiresAt">Ledger time at which the stock ends it; a cart's claim keeps it as promised in the first answer.</param>
/// <param name="Limit">Units per shopper and campaign in force when it was granted, 1-99.</param>
/// <param name="Price">Price of one unit when it was granted.</param>
/// <param name="State">Where it stands.</param>
[GenerateSerializer, Immutable, Alias("fs.HoldInfo")]
public sealed record HoldInfo(
    [property: Id(0)] HoldId Id,
    [property: Id(1)] long Generation,
    [property: Id(2)] ShopperId Shopper,
    [property: Id(3)] CampaignId Campaign,
    [property: Id(4)] Sku Sku,
    [property: Id(5)] int Quantity,
    [property: Id(6)] DateTimeOffset ExpiresAt,
    [property: Id(7)] int Limit,
    [property: Id(8)] Money Price,
    [property: Id(9)] HoldState State);

/// <summary>
/// The one clock by which windows and expiries are judged: the store's clock, carried on by the monotonic clock of this process, in whole
/// milliseconds. It never goes back.
/// </summary>
public interface ILedgerClock
{
    /// <summary>Ledger time, UTC.</summary>
    DateTimeOffset Now { get; }
}

/// <summary>
/// The outcome of an operation is not known, or the ledger cannot be reached: fail-over, a store that is down, a fence. Repeating the
/// operation with the same key is safe and tells.
/// </summary>
[GenerateSerializer, Immutable, Alias("fs.LedgerUnavailableException")]
public sealed class LedgerUnavailableException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">What happened, for the log.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public LedgerUnavailableException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Another activation has taken the ledger: nothing of this call's last step happened, and the next call finds whoever has it.</summary>
    [Id(0)]
    public bool Fenced { get; init; }

    /// <summary>The ledger's rows contradict each other or cannot be read: no repeat helps before an operator has put them right.</summary>
    [Id(1)]
    public bool Damaged { get; init; }
}

/// <summary>A bounded queue in front of the journal is full. Nothing happened.</summary>
[GenerateSerializer, Immutable, Alias("fs.LedgerOverloadedException")]
public sealed class LedgerOverloadedException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which bound, for the log.</param>
    public LedgerOverloadedException(string message)
        : base(message)
    {
    }
}
