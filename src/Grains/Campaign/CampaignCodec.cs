using System.Text.Json;
using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Campaign;

/// <summary>How campaign events and snapshots are stored. Numbers are frozen: a test knows them all.</summary>
internal static class CampaignCodec
{
    public static readonly EventCodec<CampaignEvent> Events = new(
        new EventType(64, CampaignJson.Default.Configured),
        new EventType(65, CampaignJson.Default.StepFinished),
        new EventType(66, CampaignJson.Default.Undone),
        new EventType(67, CampaignJson.Default.CampaignFrozen),
        new EventType(68, CampaignJson.Default.CampaignResumed),
        new EventType(69, CampaignJson.Default.CampaignClosed));

    public static readonly ISnapshotCodec<CampaignState> Snapshots = new CampaignSnapshotCodec();
}

internal sealed class CampaignSnapshotCodec : ISnapshotCodec<CampaignState>
{
    public int Format => 1;

    public ReadOnlyMemory<byte> Encode(CampaignState state) => JsonSerializer.SerializeToUtf8Bytes(state, CampaignJson.Default.CampaignState);

    public CampaignState Decode(ReadOnlyMemory<byte> data) => JsonSerializer.Deserialize(data.Span, CampaignJson.Default.CampaignState)!;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    Converters = [typeof(TimeJsonConverter)])]
[JsonSerializable(typeof(Configured))]
[JsonSerializable(typeof(StepFinished))]
[JsonSerializable(typeof(Undone))]
[JsonSerializable(typeof(CampaignFrozen))]
[JsonSerializable(typeof(CampaignResumed))]
[JsonSerializable(typeof(CampaignClosed))]
[JsonSerializable(typeof(CampaignState))]
internal sealed partial class CampaignJson : JsonSerializerContext;
