using System.Text.Json.Serialization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.OperatorKeys;

/// <summary>What one key of an operator was used for: the fold of its events. Immutable.</summary>
internal sealed record OperatorKeyState
{
    /// <summary>The adjustment that the key stands for, under the operation by which the stock is asked; null while the key is free.</summary>
    public Adjustment? Bound { get; init; }

    /// <summary>It was refused. A second copy of its request may still be on its way.</summary>
    public bool Refused { get; init; }

    /// <summary>The first answer; null unless the stock has accepted.</summary>
    public KeySettled? Answer { get; init; }

    /// <summary>Adjustments given up for another one. Each spent its operation.</summary>
    public int GivenUp { get; init; }
}

/// <summary>A command to a key.</summary>
internal abstract record OperatorKeyCommand;

/// <summary>The key is to stand for this adjustment.</summary>
internal sealed record BindKey(Adjustment Adjustment) : OperatorKeyCommand;

/// <summary>The stock has answered.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Answer">What the stock answered.</param>
internal sealed record SettleKey(Question Question, StockResult Answer) : OperatorKeyCommand;

/// <summary>What is to be asked of a stock.</summary>
/// <param name="Adjustment">About which adjustment.</param>
/// <param name="GiveUp">False: to do it. True: never to do it, unless it was done.</param>
/// <param name="IsMine">The answer is one to the request that led here; else the request is decided after it.</param>
internal sealed record Question(Adjustment Adjustment, bool GiveUp, bool IsMine);

/// <summary>What a key answers to a request: one of the two.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Question">What the stock must be asked first.</param>
internal sealed record KeyResult(StockResult? Answer = null, Question? Question = null);

/// <summary>What can happen to a key. The operation is the one by which the stock is asked.</summary>
internal abstract record OperatorKeyEvent : IEvent
{
    [JsonIgnore]
    public OperationId? Operation { get; init; }
}

/// <summary>From now on the key stands for this; only then is the stock asked.</summary>
internal sealed record KeyBound(Sku Sku, long Delta, string Reason, Told Told) : OperatorKeyEvent;

/// <summary>The stock has done it, and this was the first answer.</summary>
internal sealed record KeySettled(StockView View, Told? Told) : OperatorKeyEvent;

/// <summary>The stock has refused it. The same may be asked again; for another adjustment it must be given up first.</summary>
internal sealed record KeyRefused : OperatorKeyEvent;

/// <summary>It will never happen: the key stands for nothing.</summary>
internal sealed record KeyFreed(Status Status) : OperatorKeyEvent;
