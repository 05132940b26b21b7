namespace FlashSale.Grains.Audit;

/// <summary>Members of the payloads of all events.</summary>
[Flags]
internal enum Members : long
{
    None = 0,
    Hold = 1 << 0,
    Generation = 1 << 1,
    Shopper = 1 << 2,
    Campaign = 1 << 3,
    Sku = 1 << 4,
    Quantity = 1 << 5,
    ExpiresAt = 1 << 6,
    Limit = 1 << 7,
    Price = 1 << 8,
    State = 1 << 9,
    Sold = 1 << 10,
    Freed = 1 << 11,
    Cause = 1 << 12,
    Owned = 1 << 13,
    Restock = 1 << 14,
    Version = 1 << 15,
    OnSale = 1 << 16,
    Moved = 1 << 17,
    OpensAt = 1 << 18,
    ClosesAt = 1 << 19,
    LimitPerShopper = 1 << 20,
    HoldSeconds = 1 << 21,
    Returned = 1 << 22,
    Reason = 1 << 23,
    Status = 1 << 24,
    Config = 1 << 25,
    Prices = 1 << 26,

    /// <summary>A hold as an object of its own.</summary>
    Claim = 1 << 27,
    Frozen = 1 << 28,
    Told = 1 << 29,
    Delta = 1 << 30,
    View = 1L << 31,

    /// <summary>Not in journals of before.</summary>
    First = 1L << 32,
}

/// <summary>The numbers of the events that the audit follows, as they stand in the rows.</summary>
internal enum Event
{
    Received = 2,
    Withdrawn = 3,
    PoolConfigured = 4,
    Held = 5,
    Extended = 6,
    Confirmed = 7,
    Released = 8,
    Expired = 9,
    Refunded = 10,
    PoolFrozen = 11,
    PoolResumed = 12,
    PoolClosed = 13,
    WithdrawalGivenUp = 14,
    Claimed = 32,
    ClaimRefused = 33,
    ClaimEnded = 34,
    KeyBound = 96,
    KeySettled = 97,
    KeyRefused = 98,
    KeyFreed = 99,
}

/// <summary>
/// Which events a ledger may have and which members each has. Written down here once more, apart from the codecs, so that a change of theirs
/// that would make old journals unreadable is found.
/// </summary>
internal static class EventTable
{
    public const string Stock = "stock/sku-";
    public const string Cart = "cart/shopper-";
    public const string Campaign = "campaign/campaign-";
    public const string OperatorKey = "operator/key-";

    private const Members Generation = Members.Hold | Members.Generation;
    private const Members Terms = Members.Quantity | Members.ExpiresAt | Members.Limit | Members.Price;
    private const Members Change = Members.Campaign | Members.Version;

    /// <summary>The members of the event, or null where such a ledger has no such event.</summary>
    public static Members? MembersOf(string ledger, long type) =>
        ledger.StartsWith(Stock, StringComparison.Ordinal) ? OfStock(type)
        : ledger.StartsWith(Cart, StringComparison.Ordinal) ? OfCart(type)
        : ledger.StartsWith(Campaign, StringComparison.Ordinal) ? OfCampaign(type)
        : ledger.StartsWith(OperatorKey, StringComparison.Ordinal) ? OfOperatorKey(type)
        : null;

    private static Members? OfStock(long type) => type switch
    {
        1 => Members.None,
        2 or 3 => Members.Quantity | Members.Reason | Members.Told,
        4 => Change | Members.OnSale | Members.Frozen | Members.Moved | Members.OpensAt | Members.ClosesAt | Members.LimitPerShopper | Members.HoldSeconds | Members.Price,
        5 => Members.Hold | Members.Shopper | Members.Campaign | Terms,
        6 => Generation | Members.ExpiresAt,
        7 => Generation | Members.Sold | Members.Freed,
        8 => Generation | Members.Quantity | Members.Cause | Members.Owned,
        9 => Generation | Members.Quantity,
        10 => Generation | Members.Quantity | Members.Restock,
        11 or 12 => Change,
        13 => Change | Members.Returned,
        14 => Members.Quantity | Members.Reason,
        _ => null,
    };

    private static Members? OfCart(long type) => type switch
    {
        32 => Members.Claim | Generation | Members.Shopper | Members.Campaign | Members.Sku | Terms | Members.State,
        33 => Generation | Members.Sku | Members.Campaign | Members.Status | Members.Limit | Members.Owned,
        34 => Generation | Members.State | Members.Quantity,
        _ => null,
    };

    private static Members? OfCampaign(long type) => type switch
    {
        64 => Members.Version | Members.Config | Members.Prices | Members.First,
        65 => Members.Version | Members.Sku,
        66 => Members.Version | Members.Sku | Members.Reason,
        67 or 68 or 69 => Members.Version,
        _ => null,
    };

    private static Members? OfOperatorKey(long type) => type switch
    {
        96 => Members.Sku | Members.Delta | Members.Reason | Members.Told,
        97 => Members.View | Members.Told,
        98 => Members.None,
        99 => Members.Status,
        _ => null,
    };
}
