using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Cart;

/// <summary>How cart events and snapshots are stored. Numbers are frozen: a test knows them all.</summary>
internal static class CartCodec
{
    public static readonly EventCodec<CartEvent> Events = new(
        new EventType(32, CartJson.Default.Claimed),
        new EventType(33, CartJson.Default.ClaimRefused),
        new EventType(34, CartJson.Default.ClaimEnded));

    public static readonly ISnapshotCodec<CartState> Snapshots = new CartSnapshotCodec();
}

internal sealed class CartSnapshotCodec : ISnapshotCodec<CartState>
{
    public int Format => 1;

    public ReadOnlyMemory<byte> Encode(CartState state) =>
        JsonSerializer.SerializeToUtf8Bytes(new CartSnapshot([.. state.Claims.Values], [.. state.Refusals.Values]), CartJson.Default.CartSnapshot);

    public CartState Decode(ReadOnlyMemory<byte> data)
    {
        var s = JsonSerializer.Deserialize(data.Span, CartJson.Default.CartSnapshot)!;
        return new CartState
        {
            Claims = s.Claims.ToImmutableDictionary(c => c.Hold.Id),
            Refusals = s.Refusals.ToImmutableDictionary(r => new ClaimKey(r.Hold, r.Sku, r.Generation)),
        };
    }
}

internal sealed record CartSnapshot(Claim[] Claims, ClaimRefused[] Refusals);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(Claimed))]
[JsonSerializable(typeof(ClaimRefused))]
[JsonSerializable(typeof(ClaimEnded))]
[JsonSerializable(typeof(CartSnapshot))]
internal sealed partial class CartJson : JsonSerializerContext;
