using System.Text.Json;
using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.OperatorKeys;

/// <summary>How a key's events and snapshots are stored. Numbers are frozen: a test knows them all.</summary>
internal static class OperatorKeyCodec
{
    public static readonly EventCodec<OperatorKeyEvent> Events = new(
        new EventType(96, OperatorKeyJson.Default.KeyBound),
        new EventType(97, OperatorKeyJson.Default.KeySettled),
        new EventType(98, OperatorKeyJson.Default.KeyRefused),
        new EventType(99, OperatorKeyJson.Default.KeyFreed));

    public static readonly ISnapshotCodec<OperatorKeyState> Snapshots = new OperatorKeySnapshotCodec();
}

internal sealed class OperatorKeySnapshotCodec : ISnapshotCodec<OperatorKeyState>
{
    public int Format => 1;

    public ReadOnlyMemory<byte> Encode(OperatorKeyState state) => JsonSerializer.SerializeToUtf8Bytes(state, OperatorKeyJson.Default.OperatorKeyState);

    public OperatorKeyState Decode(ReadOnlyMemory<byte> data) => JsonSerializer.Deserialize(data.Span, OperatorKeyJson.Default.OperatorKeyState)!;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(KeyBound))]
[JsonSerializable(typeof(KeySettled))]
[JsonSerializable(typeof(KeyRefused))]
[JsonSerializable(typeof(KeyFreed))]
[JsonSerializable(typeof(OperatorKeyState))]
internal sealed partial class OperatorKeyJson : JsonSerializerContext;
