using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>How often a shopper may call.</summary>
internal sealed class ShopperRate(TimeProvider time, double permitsPerSecond, int burst) : TokenBuckets<ShopperId>(time, permitsPerSecond, burst);
