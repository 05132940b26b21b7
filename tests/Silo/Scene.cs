using System.Net;
using FlashSale.Contracts;
using Orleans;

namespace FlashSale.Silo.Tests;

/// <summary>One story in a shop that several share: its campaign, SKUs and shoppers are called after it.</summary>
internal sealed class Scene(Shop shop, string name)
{
    private int _taps;

    public Shop Shop => shop;

    public Api Api => shop.Api;

    public string Campaign => name;

    public string Shoe => $"{name}-shoe";

    public string Bag => $"{name}-bag";

    /// <summary>An idempotency key that nobody else has.</summary>
    public string NewKey => $"{name}-{++_taps}";

    public Task<string> Token(string shopper = "mei") => Api.Login($"{name}-{shopper}");

    /// <summary>The campaign with its shoes, and as many bags beside them.</summary>
    public async Task Open(long units = 5, int limit = 1, DateTimeOffset? opensAt = null, DateTimeOffset? closesAt = null)
    {
        await Api.MakeSku(Shoe, units);
        await Api.MakeSku(Bag, units);
        await Api.Expect(Api.PutCampaign(Campaign, limit, opensAt: opensAt, closesAt: closesAt, skus: [(Shoe, units), (Bag, units)]));
    }

    public Task<Answer> Hold(string token, string? key = null, int quantity = 1, string? sku = null) => Api.Hold(token, Campaign, sku ?? Shoe, key ?? NewKey, quantity);

    public async Task<Answer> Held(string token, string? key = null, int quantity = 1, string? sku = null) =>
        await Api.Expect(Hold(token, key, quantity, sku), HttpStatusCode.Created);

    public Task<Answer> Adjust(string sku, long delta, string key, string reason = "counted") =>
        Api.Admin(HttpMethod.Post, $"skus/{sku}/adjustments", $$"""{"delta":{{delta}},"reason":"{{reason}}"}""", key);

    public Task<Answer> Do(string action) => Api.Expect(Api.Admin(HttpMethod.Post, $"campaigns/{Campaign}/{action}"));

    /// <summary>Nothing over HTTP sells a hold yet, so this asks the stock itself, as an order will.</summary>
    public async Task Sell(Answer held, string shopper = "mei")
    {
        Assert.True(HoldId.TryParse(held.Id, out var id));
        var grains = shop.Service<IGrainFactory>();
        var hold = (await grains.Cart(new ShopperId($"{name}-{shopper}")).Find(id))!;
        await grains.Stock(hold.Sku).Execute(new Confirm(OperationId.Of(name, "order", held.Id), new HoldRef(id, hold.Generation), hold.Quantity));
    }
}
