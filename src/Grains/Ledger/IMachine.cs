using System.Collections.Immutable;
using FlashSale.Contracts;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// Pure decision code for one kind of ledger. It sees no clock, no I/O and no randomness; live calls and replay use the same
/// <see cref="Apply"/>. States are immutable, so that a state, once acknowledged, can be folded into a snapshot while the next ones are decided.
/// </summary>
internal interface IMachine<TState, in TCommand, TResult, TEvent>
    where TState : class
    where TEvent : class, IEvent
{
    /// <summary>The state before the first event of a ledger.</summary>
    TState Initial(string key);

    /// <summary>
    /// A ladder of guards: repeat of a known operation, same operation with another body, refusals in documented order, mutation last.
    /// Throws only for bugs.
    /// </summary>
    Decision<TResult, TEvent> Decide(TState state, TCommand command, DateTimeOffset now);

    /// <summary>The state after one more event.</summary>
    TState Apply(TState state, TEvent e, EventStamp stamp);
}

/// <summary>Something that happened to a ledger.</summary>
internal interface IEvent
{
    /// <summary>Whose operation it was; null for what the system did by itself. Stored beside the payload, not in it.</summary>
    OperationId? Operation { get; init; }
}

/// <summary>Where and when an event stands in its ledger.</summary>
internal readonly record struct EventStamp(long Seq, DateTimeOffset At);

/// <summary>The answer to a command, and the events that make it true.</summary>
internal readonly record struct Decision<TResult, TEvent>(TResult Result, ImmutableArray<TEvent> Events)
{
    public static implicit operator Decision<TResult, TEvent>(TResult result) => new(result, []);
}
