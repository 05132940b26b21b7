using Orleans;

namespace FlashSale.Contracts;

/// <summary>The keys of all grains. Prefixed, because grain storages mix up digit-only keys and keys of different grain types.</summary>
public static class GrainKeys
{
    /// <summary>Prefix of <see cref="IStockGrain"/> and <see cref="ICatalogGrain"/> keys.</summary>
    public const string SkuPrefix = "sku-";

    /// <summary>Prefix of <see cref="ICartGrain"/> keys.</summary>
    public const string ShopperPrefix = "shopper-";

    /// <summary>Prefix of <see cref="ICampaignGrain"/> keys.</summary>
    public const string CampaignPrefix = "campaign-";

    /// <summary>Prefix of <see cref="IOperatorKeyGrain"/> keys.</summary>
    public const string OperatorKeyPrefix = "key-";

    /// <summary>The stock of a SKU.</summary>
    public static IStockGrain Stock(this IGrainFactory grains, Sku sku) => grains.GetGrain<IStockGrain>(SkuPrefix + sku.Value);

    /// <summary>The cart of a shopper.</summary>
    public static ICartGrain Cart(this IGrainFactory grains, ShopperId shopper) => grains.GetGrain<ICartGrain>(ShopperPrefix + shopper.Value);

    /// <summary>A campaign.</summary>
    public static ICampaignGrain Campaign(this IGrainFactory grains, CampaignId campaign) =>
        grains.GetGrain<ICampaignGrain>(CampaignPrefix + campaign.Value);

    /// <summary>Name and price of a SKU.</summary>
    public static ICatalogGrain Catalog(this IGrainFactory grains, Sku sku) => grains.GetGrain<ICatalogGrain>(SkuPrefix + sku.Value);

    /// <summary>An operator's key; the operation is hashed over who uses it, for what kind of thing, and the key itself.</summary>
    public static IOperatorKeyGrain OperatorKey(this IGrainFactory grains, OperationId operation) =>
        grains.GetGrain<IOperatorKeyGrain>(OperatorKeyPrefix + operation);

    /// <summary>The reader of the journal.</summary>
    public static IJournalGrain Journal(this IGrainFactory grains) => grains.GetGrain<IJournalGrain>("reader");
}
