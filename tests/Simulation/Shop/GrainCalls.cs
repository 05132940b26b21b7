using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>One request to one SKU's stock, from outside of the grains.</summary>
/// <param name="Sku">Which.</param>
/// <param name="Question">A <see cref="StockCommand"/>, or what is asked for.</param>
/// <param name="AskedAt">When it was sent.</param>
internal sealed record StockCall(Sku Sku, object Question, TimeSpan AskedAt)
{
    /// <summary>A <see cref="StockResult"/>, or what was asked for; null while nothing, or an error, was heard: then the outcome is unknown.</summary>
    public object? Answer { get; set; }

    /// <summary>When the answer was heard.</summary>
    public TimeSpan AnsweredAt { get; set; } = TimeSpan.MaxValue;

    public StockResult? Result => Answer as StockResult;

    public override string ToString() => $"{Brief.Of(Question)} -> {(Answer is null ? "unknown" : Brief.Of(Answer))}";
}

/// <summary>Asks for the figures.</summary>
internal sealed record ViewQuestion;

/// <summary>Asks where generations stand.</summary>
internal sealed record FindQuestion(IReadOnlyList<HoldRef> Holds);

/// <summary>The answer to it.</summary>
internal sealed record FindAnswer(IReadOnlyList<HoldInfo?> Holds);

/// <summary>A claim, or the wish that the cart refuse one.</summary>
/// <param name="Hold">Which generation.</param>
/// <param name="Refuses">The cart was asked to refuse.</param>
/// <param name="AskedAt">When it was sent.</param>
internal sealed record ClaimCall(HoldInfo Hold, bool Refuses, TimeSpan AskedAt)
{
    /// <summary>Null while nothing, or an error, was heard.</summary>
    public ClaimResult? Answer { get; set; }

    /// <summary>How many events were durable when it was heard.</summary>
    public int Durable { get; set; }

    public override string ToString() => $"{(Refuses ? "refuse" : "claim")} {Brief.Of(Hold)} -> {Answer?.Status.ToString() ?? "unknown"}";
}

/// <summary>Every such request of a run, in the order in which they were sent, and every claim.</summary>
internal sealed class GrainCalls
{
    private readonly List<StockCall> _calls = [];

    public IReadOnlyList<StockCall> Stock => _calls;

    public List<ClaimCall> Claims { get; } = [];

    public StockCall Sent(Sku sku, object question, TimeSpan at)
    {
        var call = new StockCall(sku, question, at);
        _calls.Add(call);
        return call;
    }
}
