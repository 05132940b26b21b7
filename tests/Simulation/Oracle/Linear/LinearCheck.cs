using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// Linearizability of each SKU's stock: what was asked of it from outside of the grains, with the answers as they were heard, must fit into one order
/// that the sequential specification allows. What the system did by itself (expiries, releases by the cart, steps of a campaign, adjustments by an operator's key) stands in the
/// journal, and takes effect at the moment of its commit.
/// </summary>
internal static class LinearCheck
{
    private const int NodesMost = 20_000;

    public static void Run(IReadOnlyList<Commit> commits, IReadOnlyList<StockCall> calls, Clocks clocks, Findings findings)
    {
        var facts = commits.Where(c => Books.Rest(c.Ledger, Books.StockPrefix) is not null).Select(c => new Fact(c)).ToLookup(f => f.Commit.Ledger[Books.StockPrefix.Length..]);
        foreach (var sku in calls.GroupBy(c => c.Sku))
        {
            var search = new LinearSearch(Steps([.. facts[sku.Key.Value]], [.. sku], clocks), NodesMost);
            var outcome = search.Run();
            if (outcome == Linearized.Undecided) findings.Undecided++;
            findings.Check("linear", outcome != Linearized.No, () => $"{sku.Key}: no order of its history is possible: {search.Stuck}");
        }
    }

    private static IEnumerable<LinearOp> Steps(Fact[] facts, StockCall[] calls, Clocks clocks)
    {
        foreach (var call in calls.Where(c => c.Answer is not null && !IsBusy(c)))
        {
            var (earliest, latest) = clocks.Between(call.AskedAt, call.AnsweredAt);
            var when = new LedgerTimes(earliest, latest);
            yield return new LinearOp(call, call.AskedAt, call.AnsweredAt, SeqTold(call), shelf => ModelRules.Step(shelf, call.Question, call.Answer!, when));
        }

        // Of operations whose acceptance nobody heard the journal says whether they happened. They were under way from the first time that they were
        // asked for, and are so until the end.
        var heard = calls.Where(IsNewlyAccepted).Select(c => Operation(c.Question)).ToHashSet();
        var generations = calls.Where(c => IsNewlyAccepted(c) && c.Question is Confirm).Select(c => c.Result!.Hold!.Generation).ToHashSet();
        var askedAt = calls.Where(c => Operation(c.Question) is not null).GroupBy(c => Operation(c.Question)!).ToDictionary(g => g.Key, g => g.Min(c => c.AskedAt));
        var granted = calls.Where(c => IsNewlyAccepted(c) && c.Question is Reserve).Select(c => (Operation(c.Question)!, c.Result!.Hold!.Generation)).ToHashSet();
        foreach (var fact in facts)
        {
            var known = fact switch
            {
                { Type: FactType.Held, Operation: { } operation } => granted.Contains((operation, fact.Seq)),
                { Type: FactType.Held } => generations.Contains(fact.Seq),
                { Operation: { } operation } => heard.Contains(operation),
                _ => false,
            };
            if (known) continue;
            var isOpen = fact.Operation is { } own && askedAt.ContainsKey(own);
            var (from, to) = isOpen ? (askedAt[fact.Operation!], TimeSpan.MaxValue) : (fact.Commit.Time, fact.Commit.Time);
            yield return new LinearOp(fact, from, to, fact.Seq, shelf => ModelEvents.Apply(shelf, fact));
        }
    }

    // "Overloaded" was said before the stock decided anything.
    private static bool IsBusy(StockCall call) => call.Result is { Status: Status.Overloaded };

    private static bool IsNewlyAccepted(StockCall call) => call.Result is { Status: Status.Accepted, Repeated: false } && Operation(call.Question) is not null;

    private static string? Operation(object question) => question switch
    {
        Reserve c => c.Operation.ToString(),
        Confirm c => c.Operation.ToString(),
        Refund c => c.Operation.ToString(),
        _ => null,
    };

    // A generation is the seq of the event that began it: its place was told.
    private static long? SeqTold(StockCall call) =>
        IsNewlyAccepted(call) && call is { Question: Reserve, Result.Hold: { } hold } ? hold.Generation : null;
}
