using System.Globalization;
using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>What was asked and answered, in a few words.</summary>
internal static class Brief
{
    public static string Of(object? thing) => thing switch
    {
        null => "nothing",
        HoldInfo hold => Of(hold),
        StockResult result => Of(result),
        StockView view => Of(view),
        FindAnswer found => string.Join("; ", found.Holds.Select(Of)),
        FindQuestion find => $"show {string.Join(", ", find.Holds.Select(Of))}",
        ViewQuestion => "show",
        Reserve c => $"{c.Shopper} reserves {c.Quantity} in {c.Campaign} as {new HoldId(c.Operation)}{(c.RefusedGeneration > 0 ? $" after {c.RefusedGeneration}" : "")}",
        Confirm c => $"confirm {c.Quantity} of {Of(c.Hold)}",
        Refund c => $"refund {c.Quantity} of {Of(c.Hold)}{(c.Restock ? "" : " to nobody")}",
        Release c => $"release {Of(c.Hold)} ({c.Cause})",
        Extend c => $"extend {Of(c.Hold)} until {Of(c.ExpiresAt)}",
        _ => thing.ToString()!,
    };

    public static string Of(HoldRef hold) => $"{hold.Hold}/{hold.Generation}";

    public static string Of(HoldInfo? hold) => hold is null ? "none" : $"{hold.Id}/{hold.Generation} {hold.State} {hold.Quantity} until {Of(hold.ExpiresAt)}";

    public static string Of(StockResult result) => string.Join(
        ' ',
        new[]
        {
            result.Status.ToString(),
            result.Repeated ? "repeated" : null,
            result.Hold is { } hold ? Of(hold) : null,
            result.View is { } view ? Of(view) : null,
            result.Limit > 0 ? $"{result.Owned} of {result.Limit}" : null,
            result.MayReturn ? "may return" : null,
            result.OpensAt is { } opensAt ? Of(opensAt) : null,
            result.RetryAfter is { } wait ? $"for {wait.TotalSeconds:0.000} s" : null,
            result.Detail,
        }.Where(part => part is not null));

    public static string Of(StockView view) =>
        $"{view.Epoch}.{view.Seq}: general {view.General}, withdrawn {view.Withdrawn}{string.Concat(view.Pools.Select(p => $"; {p.Campaign} {p.Available}/{p.Held}/{p.Sold}"))}";

    public static string Of(CampaignConfig config) =>
        $"{Of(config.OpensAt)} to {Of(config.ClosesAt)}, limit {config.LimitPerShopper}, {config.HoldSeconds} s, {string.Join(", ", config.Skus.Select(s => $"{s.Units} {s.Sku}"))}";

    private static string Of(DateTimeOffset at) => at.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
