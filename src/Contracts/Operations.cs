using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;

namespace FlashSale.Contracts;

/// <summary>What an article is called and costs; key <c>sku-{sku}</c>. Slow display data, in the grain storage named <c>catalog</c>.</summary>
[Alias("fs.ICatalogGrain")]
public interface ICatalogGrain : IGrainWithStringKey
{
    /// <summary>The article, or null; for 10 s it may be older than what another process wrote.</summary>
    [Alias("Get")]
    Task<CatalogEntry?> Get();

    /// <summary>Writes it durably.</summary>
    [Alias("Put")]
    Task Put(CatalogEntry entry);
}

/// <summary>What an article is called and costs.</summary>
/// <param name="Name">1-200 characters.</param>
/// <param name="Price">Price of one unit.</param>
[GenerateSerializer, Immutable, Alias("fs.CatalogEntry")]
public sealed record CatalogEntry([property: Id(0)] string Name, [property: Id(1)] Money Price);

/// <summary>Reads the journal for operators; key <c>reader</c>.</summary>
[Alias("fs.IJournalGrain")]
public interface IJournalGrain : IGrainWithStringKey
{
    /// <summary>Ids of the SKUs or campaigns that have a ledger, in ordinal order.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="after">The last id of the page before, or null.</param>
    /// <param name="limit">1-1000.</param>
    [AlwaysInterleave]
    [Alias("List")]
    Task<ImmutableArray<string>> List(LedgerKind kind, string? after, int limit);

    /// <summary>Durable events of a SKU's ledger in the order of seq.</summary>
    /// <param name="sku">Whose.</param>
    /// <param name="after">Events with a greater seq.</param>
    /// <param name="limit">1-1000.</param>
    [AlwaysInterleave]
    [Alias("Read")]
    Task<ImmutableArray<LedgerEvent>> Read(Sku sku, long after, int limit);

    /// <summary>Re-derives every figure and promise from the journal.</summary>
    [Alias("Audit")]
    [ResponseTimeout("00:10:00")]
    Task<AuditReport> Audit();
}

/// <summary>Which ledgers.</summary>
public enum LedgerKind : byte
{
    /// <summary>Stock of SKUs.</summary>
    Stock = 0,

    /// <summary>Campaigns.</summary>
    Campaign = 1,
}

/// <summary>One durable event.</summary>
/// <param name="Seq">1 and up, without gaps.</param>
/// <param name="At">Ledger time of the decision.</param>
/// <param name="Type">Its name, for example <c>Held</c>.</param>
/// <param name="Operation">Whose operation it was, if any.</param>
/// <param name="Payload">JSON object.</param>
[GenerateSerializer, Immutable, Alias("fs.LedgerEvent")]
public sealed record LedgerEvent(
    [property: Id(0)] long Seq,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] string Type,
    [property: Id(3)] OperationId? Operation,
    [property: Id(4)] string Payload);

/// <summary>What the audit found.</summary>
/// <param name="Promises">One line a promise that a journal can prove.</param>
/// <param name="Skus">The figures of each SKU, in ordinal order.</param>
[GenerateSerializer, Immutable, Alias("fs.AuditReport")]
public sealed record AuditReport([property: Id(0)] ImmutableArray<AuditedPromise> Promises, [property: Id(1)] ImmutableArray<AuditedSku> Skus)
{
    /// <summary>True where every promise holds.</summary>
    public bool Holds => Promises.All(p => p.Holds);
}

/// <summary>The figures of one SKU over all its pools, derived from its events.</summary>
[GenerateSerializer, Immutable, Alias("fs.AuditedSku")]
public sealed record AuditedSku(
    [property: Id(0)] string Sku,
    [property: Id(1)] long Received,
    [property: Id(2)] long Available,
    [property: Id(3)] long Held,
    [property: Id(4)] long Sold,
    [property: Id(5)] long Withdrawn);

/// <summary>One promise, held or broken.</summary>
/// <param name="Id"><c>P1</c> to <c>P8</c>.</param>
/// <param name="Holds">False where at least one check failed.</param>
/// <param name="Checked">How many things were checked.</param>
/// <param name="Detail">What was checked, or the first failures.</param>
[GenerateSerializer, Immutable, Alias("fs.AuditedPromise")]
public sealed record AuditedPromise([property: Id(0)] string Id, [property: Id(1)] bool Holds, [property: Id(2)] long Checked, [property: Id(3)] string Detail);
