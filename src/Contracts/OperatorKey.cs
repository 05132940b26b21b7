using Orleans;

namespace FlashSale.Contracts;

/// <summary>
/// One <c>Idempotency-Key</c> of an operator, for one kind of operation: whatever it is sent for, it has one effect; key <c>key-{operation}</c>.
/// </summary>
/// <remarks>Throws as <see cref="IStockGrain"/> does.</remarks>
[Alias("fs.IOperatorKeyGrain")]
public interface IOperatorKeyGrain : IGrainWithStringKey
{
    /// <summary>
    /// Adjusts a stock under this key, or gives the first answer to the same adjustment. Another one than the accepted is
    /// <see cref="Status.IdempotencyMismatch"/>; after a refusal the key is free again.
    /// </summary>
    [Alias("Adjust")]
    Task<StockResult> Adjust(Adjustment adjustment);
}

/// <summary>What an operator wants of a stock.</summary>
/// <param name="Operation">The operation in that SKU's ledger.</param>
/// <param name="Sku">Of a SKU that exists.</param>
/// <param name="Delta">Units that arrive, or leave where negative: up to 100,000,000, not 0.</param>
/// <param name="Reason">1-200 characters.</param>
/// <param name="Told">What the answer shows besides the figures.</param>
[GenerateSerializer, Immutable, Alias("fs.Adjustment")]
public sealed record Adjustment(
    [property: Id(0)] OperationId Operation,
    [property: Id(1)] Sku Sku,
    [property: Id(2)] long Delta,
    [property: Id(3)] string Reason,
    [property: Id(4)] Told Told);
