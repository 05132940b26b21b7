using System.Globalization;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using KeyDecision = FlashSale.Grains.Ledger.Decision<FlashSale.Grains.OperatorKeys.KeyResult, FlashSale.Grains.OperatorKeys.OperatorKeyEvent>;

namespace FlashSale.Grains.OperatorKeys;

/// <summary>
/// The rules of one key. It stands for one adjustment from before the stock is asked, and for good once the stock has accepted. After a refusal
/// it may stand for another one.
/// </summary>
internal sealed class OperatorKeyMachine : IMachine<OperatorKeyState, OperatorKeyCommand, KeyResult, OperatorKeyEvent>
{
    private static readonly KeyResult Done = new();
    private static readonly KeyResult Mismatch = new(new StockResult(Status.IdempotencyMismatch));

    public OperatorKeyState Initial(string key) => new();

    public KeyDecision Decide(OperatorKeyState state, OperatorKeyCommand command, DateTimeOffset now) => command switch
    {
        BindKey c => Bind(state, c.Adjustment),
        SettleKey c => Settle(state, c),
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "No rule for this command."),
    };

    private static KeyDecision Bind(OperatorKeyState state, Adjustment wanted)
    {
        if (state.Bound is not { } bound) return BindAnew(state, wanted);
        var isSame = bound.Sku == wanted.Sku && bound.Delta == wanted.Delta && bound.Reason == wanted.Reason;
        if (state.Answer is { } answer)
        {
            // Without the first answer in this ledger a repeat acts again once the stock has forgotten the operation; without the mismatch an
            // operator's slip, a key used twice, moves units that nobody wanted to move.
            return isSame ? new KeyResult(new StockResult(Status.Accepted, Repeated: true, View: answer.View, Told: answer.Told)) : Mismatch;
        }

        // Without this a crash between the two ledgers, or a refused request that arrives a second time, lets one key act in two SKUs.
        return new KeyResult(Question: new Question(bound, GiveUp: state.Refused && !isSame, IsMine: isSame));
    }

    private static KeyDecision BindAnew(OperatorKeyState state, Adjustment wanted)
    {
        // What was given up under one operation never happens under it.
        var ask = state.GivenUp == 0
            ? wanted
            : wanted with { Operation = OperationId.Of(wanted.Operation.ToString(), "again", state.GivenUp.ToString(CultureInfo.InvariantCulture)) };
        return new KeyDecision(
            new KeyResult(Question: new Question(ask, GiveUp: false, IsMine: true)),
            [new KeyBound(ask.Sku, ask.Delta, ask.Reason, ask.Told) { Operation = ask.Operation }]);
    }

    private static KeyDecision Settle(OperatorKeyState state, SettleKey c)
    {
        var operation = c.Question.Adjustment.Operation;
        // Without this an answer that came late settles the adjustment after it.
        if (state.Answer is not null || state.Bound?.Operation != operation) return Done;
        return c.Answer.Status switch
        {
            Status.Accepted => Yes(new KeySettled(c.Answer.View!, c.Answer.Told) { Operation = operation }),
            // The one refusal that may turn into a yes.
            Status.Conflict when !c.Question.GiveUp => state.Refused ? Done : Yes(new KeyRefused { Operation = operation }),
            var status => Yes(new KeyFreed(status) { Operation = operation }),
        };
    }

    private static KeyDecision Yes(OperatorKeyEvent e) => new(Done, [e]);

    public OperatorKeyState Apply(OperatorKeyState state, OperatorKeyEvent e, EventStamp stamp) => e switch
    {
        KeyBound b => state with { Bound = new Adjustment(b.Operation!.Value, b.Sku, b.Delta, b.Reason, b.Told) },
        KeySettled s => state with { Answer = s },
        KeyRefused => state with { Refused = true },
        KeyFreed => state with { Bound = null, Refused = false, GivenUp = state.GivenUp + (state.Refused ? 1 : 0) },
        _ => throw new ArgumentOutOfRangeException(nameof(e), e.GetType().Name, "No fold for this event."),
    };
}
