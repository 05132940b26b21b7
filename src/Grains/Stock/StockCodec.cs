using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Stock;

/// <summary>How stock events and snapshots are stored. Numbers are frozen: a test knows them all.</summary>
internal static class StockCodec
{
    public static readonly EventCodec<StockEvent> Events = new(
        new EventType(1, StockJson.Default.Registered),
        new EventType(2, StockJson.Default.Received),
        new EventType(3, StockJson.Default.Withdrawn),
        new EventType(4, StockJson.Default.PoolConfigured),
        new EventType(5, StockJson.Default.Held),
        new EventType(6, StockJson.Default.Extended),
        new EventType(7, StockJson.Default.Confirmed),
        new EventType(8, StockJson.Default.Released),
        new EventType(9, StockJson.Default.Expired),
        new EventType(10, StockJson.Default.Refunded),
        new EventType(11, StockJson.Default.PoolFrozen),
        new EventType(12, StockJson.Default.PoolResumed),
        new EventType(13, StockJson.Default.PoolClosed),
        new EventType(14, StockJson.Default.WithdrawalGivenUp));

    public static readonly ISnapshotCodec<StockState> Snapshots = new StockSnapshotCodec();
}

/// <summary>A snapshot is the state written flat; what can be derived (the queue of ends) is left out.</summary>
internal sealed class StockSnapshotCodec : ISnapshotCodec<StockState>
{
    public int Format => 4;

    public ReadOnlyMemory<byte> Encode(StockState state) => JsonSerializer.SerializeToUtf8Bytes(
        new StockSnapshot(
            state.Sku,
            state.Seq,
            state.Registered,
            state.Received,
            state.Withdrawn,
            state.General,
            [.. state.Pools.Values.Select(p => new PoolSnapshot(p, [.. p.Shoppers.Select(s => new ShopperSnapshot(s.Key, s.Value))]))],
            [.. state.Holds.Values],
            [.. state.Done.Select(d => new DoneSnapshot(d.Key, d.Value))],
            state.ForgetAt),
        StockJson.Default.StockSnapshot);

    public StockState Decode(ReadOnlyMemory<byte> data)
    {
        var s = JsonSerializer.Deserialize(data.Span, StockJson.Default.StockSnapshot)!;
        return new StockState(s.Sku)
        {
            Seq = s.Seq,
            Registered = s.Registered,
            Received = s.Received,
            Withdrawn = s.Withdrawn,
            General = s.General,
            Pools = s.Pools.ToImmutableDictionary(p => p.Pool.Campaign, p => p.Pool with { Shoppers = p.Shoppers.ToImmutableDictionary(o => o.Shopper, o => o.Owned) }),
            Holds = s.Holds.ToImmutableDictionary(h => h.Id),
            Due = [.. s.Holds.Where(h => h.State == HoldState.Held).Select(h => new Due(h.ExpiresAt, h.Ref))],
            Done = s.Done.ToImmutableDictionary(d => d.Operation, d => d.Done),
            ForgetAt = s.ForgetAt,
        };
    }
}

internal sealed record StockSnapshot(
    Sku Sku,
    long Seq,
    bool Registered,
    long Received,
    long Withdrawn,
    long General,
    PoolSnapshot[] Pools,
    Hold[] Holds,
    DoneSnapshot[] Done,
    DateTimeOffset ForgetAt);

internal sealed record PoolSnapshot(Pool Pool, ShopperSnapshot[] Shoppers);

internal sealed record ShopperSnapshot(ShopperId Shopper, Owned Owned);

internal sealed record DoneSnapshot(OperationId Operation, Done Done);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    IgnoreReadOnlyProperties = true,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(Registered))]
[JsonSerializable(typeof(Received))]
[JsonSerializable(typeof(Withdrawn))]
[JsonSerializable(typeof(PoolConfigured))]
[JsonSerializable(typeof(Held))]
[JsonSerializable(typeof(Extended))]
[JsonSerializable(typeof(Confirmed))]
[JsonSerializable(typeof(Released))]
[JsonSerializable(typeof(Expired))]
[JsonSerializable(typeof(Refunded))]
[JsonSerializable(typeof(PoolFrozen))]
[JsonSerializable(typeof(PoolResumed))]
[JsonSerializable(typeof(PoolClosed))]
[JsonSerializable(typeof(WithdrawalGivenUp))]
[JsonSerializable(typeof(StockSnapshot))]
internal sealed partial class StockJson : JsonSerializerContext;
