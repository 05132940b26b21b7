using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Ledger;

/// <summary>One type of event as it is stored.</summary>
/// <param name="Number">1 and up, never reused; 0 is reserved, so that a row of zeroes is no event.</param>
/// <param name="Json">How its payload is read and written.</param>
internal sealed record EventType(int Number, JsonTypeInfo Json)
{
    public string Name => Json.Type.Name;
}

/// <summary>Events to rows and back. A row that it cannot read quarantines its ledger: guessing would rewrite history.</summary>
internal sealed class EventCodec<TEvent>
    where TEvent : class, IEvent
{
    private readonly FrozenDictionary<int, EventType> _byNumber;
    private readonly FrozenDictionary<Type, EventType> _byClass;

    public EventCodec(params EventType[] types)
    {
        if (types.Any(t => t.Number <= 0)) throw new ArgumentException("Event type numbers begin with 1; 0 is reserved.", nameof(types));
        Types = types;
        _byNumber = types.ToFrozenDictionary(t => t.Number);
        _byClass = types.ToFrozenDictionary(t => t.Json.Type);
    }

    public IReadOnlyList<EventType> Types { get; }

    public EventRow Encode(TEvent e, EventStamp stamp)
    {
        var type = _byClass[e.GetType()];
        return new EventRow(stamp.Seq, stamp.At, e.Operation?.ToString(), type.Number, JsonSerializer.Serialize(e, type.Json));
    }

    public TEvent Decode(string ledger, in EventRow row)
    {
        if (!_byNumber.TryGetValue(row.Type, out var type))
        {
            throw new LedgerQuarantinedException($"Ledger {ledger}: event {row.Seq} has type {row.Type}, which this version does not know. Run the version that wrote it, or a newer one.");
        }

        try
        {
            var e = (TEvent?)JsonSerializer.Deserialize(row.Payload, type.Json) ?? throw new JsonException("the payload is null");
            if (row.Operation is null) return e;
            if (!OperationId.TryParse(row.Operation, out var operation)) throw new JsonException("the operation is not 32 hexadecimal digits");
            SetOperation(e, operation);
            return e;
        }
        catch (Exception error) when (error is JsonException or InvalidCastException)
        {
            throw new LedgerQuarantinedException($"Ledger {ledger}: event {row.Seq} ({type.Name}) cannot be read: {error.Message}. Restore it from a backup.", error);
        }
    }

    // An event that was just read is nobody else's yet, so setting its init-only member is no mutation that anyone sees.
    private static readonly Action<TEvent, OperationId?> SetOperation =
        typeof(TEvent).GetProperty(nameof(IEvent.Operation))!.SetMethod!.CreateDelegate<Action<TEvent, OperationId?>>();
}

/// <summary>A ledger's rows contradict each other or cannot be read. It is not served; all others are.</summary>
internal sealed class LedgerQuarantinedException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>States to snapshots and back.</summary>
internal interface ISnapshotCodec<TState>
{
    /// <summary>Raised whenever the written form changes; a snapshot of another format is ignored and the events are replayed.</summary>
    int Format { get; }

    ReadOnlyMemory<byte> Encode(TState state);

    TState Decode(ReadOnlyMemory<byte> data);
}
