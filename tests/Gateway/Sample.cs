using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests;

/// <summary>One shopper, one SKU, one campaign that is open at the time at which a manual clock starts.</summary>
internal static class Sample
{
    public const string CampaignName = "dunk-low";
    public const string SkuId = "dunk-low-42";
    public const string ShopperName = "mei";

    public static readonly DateTimeOffset Start = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);
    public static readonly CampaignId Campaign = new(CampaignName);
    public static readonly Sku Sku = new(SkuId);
    public static readonly ShopperId Shopper = new(ShopperName);
    public static readonly Money Price = new(79900, "CNY");

    public static readonly CampaignBoard Board = new(
        Campaign, 7, "Dunk Low", "flow", Start.AddMinutes(-1), Start.AddHours(1), 1, 600, false, false,
        [new BoardSku(Sku, "Dunk Low 42", Price, Availability.Low)], []);

    public static readonly CampaignConfig Config = new(
        "Dunk Low", "flow", Start.AddMinutes(-1), Start.AddHours(1), 1, 600, [new CampaignSku(Sku, 500, null)]);

    public static readonly CampaignView View = new(
        Campaign, Config, 7, false, false, [new SkuPool(Sku, new PoolView(Campaign, 380, 100, 20))]);

    public static HoldInfo Hold(Reserve request, Sku sku, long generation = 1, HoldState state = HoldState.Held) => new(
        new HoldId(request.Operation), generation, request.Shopper, request.Campaign, sku, request.Quantity, Start.AddMinutes(10), 1, Price, state);

    public static HoldInfo Hold(long generation = 1, HoldState state = HoldState.Held, string key = "k1") =>
        Hold(new Reserve(OperationId.Of(ShopperName, "hold", key), Shopper, Campaign, 1), Sku, generation, state);
}
