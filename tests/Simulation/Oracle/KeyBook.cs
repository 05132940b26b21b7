namespace FlashSale.Simulation.Tests;

/// <summary>The oracle's own account of one operator's key: it stands for one adjustment at a time, and for none after the one that the stock has done.</summary>
internal sealed class KeyBook(Books books, Findings findings)
{
    private Fact? _bound;
    private bool _refused;

    /// <summary>The adjustment that the key has done, and the index of the event that says so; null while it has done none.</summary>
    public (Fact Bound, int Index)? Settled { get; private set; }

    public void Add(Fact fact)
    {
        if (fact.Type == FactType.KeyBound)
        {
            findings.Check("P3", _bound is null, () => $"{fact}: the key stands for {_bound}");
            (_bound, _refused) = (fact, false);
            books.Bound.Add(fact.Operation!);
            return;
        }

        findings.Check("P3", _bound?.Operation == fact.Operation && Settled is null, () => $"{fact}: the key stands for {_bound}, settled {Settled}");
        if (_bound is not { } bound) return;
        switch (fact.Type)
        {
            case FactType.KeySettled:
                var done = books.Of(fact.Operation!);
                findings.Check("P3", done is { } d && Units(d) == bound.Number("delta") && d.Commit.Ledger == "stock/sku-" + bound.Text("sku"), () => $"{fact}: the stock has {done}, not {bound}");
                Settled = (bound, fact.Index);
                break;
            case FactType.KeyRefused:
                _refused = true;
                break;
            case FactType.KeyFreed:
                findings.Check("P3", !_refused || books.Of(fact.Operation!) is { Type: FactType.WithdrawalGivenUp }, () => $"{fact}: {bound} was not given up");
                _bound = null;
                books.Bound.Remove(fact.Operation!);
                break;
            default:
                findings.Check("P8", holds: false, () => $"{fact}: no event of an operator's key");
                break;
        }
    }

    private static long Units(Fact fact) => fact.Type switch
    {
        FactType.Received => fact.Number("quantity"),
        FactType.Withdrawn => -fact.Number("quantity"),
        _ => 0,
    };
}
