using System.Collections.Immutable;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Board;

/// <summary>What a campaign is to a shopper, judged by ledger time.</summary>
internal static class CampaignState
{
    public const string Scheduled = "scheduled";
    public const string Open = "open";
    public const string Frozen = "frozen";
    public const string SoldOut = "soldOut";
    public const string Closed = "closed";

    public static string Of(CampaignBoard board, DateTimeOffset now) =>
        Of(board.Closed, board.Frozen, board.OpensAt, board.ClosesAt, IsSoldOut(board.Skus), now);

    public static string Of(CampaignView view, DateTimeOffset now) =>
        Of(view.Closed, view.Frozen, view.Config.OpensAt, view.Config.ClosesAt, IsSoldOut(view.Pools), now);

    private static string Of(bool closed, bool frozen, DateTimeOffset opensAt, DateTimeOffset closesAt, bool soldOut, DateTimeOffset now) =>
        closed || now >= closesAt ? Closed
        : now < opensAt ? Scheduled
        : frozen ? Frozen
        : soldOut ? SoldOut
        : Open;

    // A campaign whose configuration is still settling shows no SKU yet; that is not sold out.
    private static bool IsSoldOut(ImmutableArray<BoardSku> skus)
    {
        foreach (var sku in skus)
        {
            if (sku.Availability != Availability.SoldOut) return false;
        }

        return skus.Length > 0;
    }

    private static bool IsSoldOut(ImmutableArray<SkuPool> pools)
    {
        foreach (var pool in pools)
        {
            if (pool.Pool.Available > 0) return false;
        }

        return pools.Length > 0;
    }
}
