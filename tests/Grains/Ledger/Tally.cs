using System.Text;
using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>The smallest machine: it adds up. A negative number is refused, and a number above a million makes two events.</summary>
internal sealed class TallyMachine : IMachine<TallyState, int, long, TallyEvent>
{
    public static readonly LedgerKindOf<TallyState, int, long, TallyEvent> Kind = new(
        "tally/", new TallyMachine(), new EventCodec<TallyEvent>(new EventType(1, TallyJson.Default.TallyEvent)), new TallySnapshots()) { Entries = static state => state.Count };

    public TallyState Initial(string key) => new(0, 0);

    public Decision<long, TallyEvent> Decide(TallyState state, int command, DateTimeOffset now) =>
        command < 0 ? -1 : new Decision<long, TallyEvent>(state.Sum + command, [new TallyEvent(command)]);

    public TallyState Apply(TallyState state, TallyEvent e, EventStamp stamp) => new(state.Sum + e.Number, state.Count + 1);
}

internal sealed record TallyState(long Sum, long Count);

internal sealed record TallyEvent(int Number) : IEvent
{
    [JsonIgnore]
    public OperationId? Operation { get; init; }
}

internal sealed class TallySnapshots : ISnapshotCodec<TallyState>
{
    public int Format { get; init; } = 1;

    public ReadOnlyMemory<byte> Encode(TallyState state) => Encoding.UTF8.GetBytes($"{state.Sum} {state.Count}");

    public TallyState Decode(ReadOnlyMemory<byte> data)
    {
        var parts = Encoding.UTF8.GetString(data.Span).Split(' ');
        return new TallyState(long.Parse(parts[0]), long.Parse(parts[1]));
    }
}

[JsonSerializable(typeof(TallyEvent))]
[JsonSerializable(typeof(TallyState))]
internal sealed partial class TallyJson : JsonSerializerContext;
