using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using Orleans;

namespace FlashSale.Grains.OperatorKeys;

/// <summary>One key of an operator: bound, then the stock is asked, then settled. The rules are in <see cref="OperatorKeyMachine"/>.</summary>
internal sealed class OperatorKeyGrain(LedgerEngine engine)
    : LedgerGrain<OperatorKeyState, OperatorKeyCommand, KeyResult, OperatorKeyEvent>(engine, Kind), IOperatorKeyGrain
{
    public static readonly LedgerKindOf<OperatorKeyState, OperatorKeyCommand, KeyResult, OperatorKeyEvent> Kind =
        new("operator/", new OperatorKeyMachine(), OperatorKeyCodec.Events, OperatorKeyCodec.Snapshots);

    public async Task<StockResult> Adjust(Adjustment adjustment)
    {
        while (true)
        {
            var decided = await Ledger.Execute(new BindKey(adjustment));
            if (decided.Answer is { } known) return known;
            // What a crash has left open is finished first, whatever it was; then there is room for this request, or an answer to it.
            var answer = await Ask(decided.Question!);
            if (decided.Question!.IsMine) return answer;
        }
    }

    private async Task<StockResult> Ask(Question question)
    {
        var (operation, sku, delta, reason, told) = question.Adjustment;
        try
        {
            var answer = await GrainFactory.Stock(sku).Execute(delta > 0
                ? new Receive(operation, delta, reason, told)
                : new Withdraw(operation, -delta, reason, told, question.GiveUp));
            await Ledger.Execute(new SettleKey(question, answer));
            return answer;
        }
        catch (LedgerOverloadedException error)
        {
            // The key stays bound, and whoever uses it next finishes this: "nothing happened" would not be true for long.
            throw new LedgerUnavailableException("A queue was full after an operator's key had been bound.", error);
        }
    }
}
