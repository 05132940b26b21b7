using FlashSale.Grains.Journal;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// The oracle's fold of the whole journal, in the order of commits over all ledgers, by code of its own. Building it checks everything that
/// a journal alone can prove.
/// </summary>
internal sealed class Books
{
    public const string StockPrefix = "stock/sku-";
    public const string CartPrefix = "cart/shopper-";
    public const string CampaignPrefix = "campaign/campaign-";
    public const string KeyPrefix = "operator/key-";

    private readonly Findings _findings;
    private readonly SortedDictionary<string, StockBook> _stocks = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CartBook> _carts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<Fact>> _campaigns = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, KeyBook> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Fact> _operations = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _seqs = new(StringComparer.Ordinal);

    public Books(IReadOnlyList<Commit> commits, IEnumerable<(string Ledger, LedgerHead Head)> heads, Findings findings)
    {
        _findings = findings;
        foreach (var commit in commits) Add(new Fact(commit));
        foreach (var (ledger, head) in heads)
        {
            findings.Check("P8", _seqs.GetValueOrDefault(ledger) == head.Seq, () => $"{ledger}: the head says {head.Seq}, the last event is {_seqs.GetValueOrDefault(ledger)}");
        }
    }

    /// <summary>The operations of adjustments that some operator's key stands for.</summary>
    public HashSet<string> Bound { get; } = new(StringComparer.Ordinal);

    public IEnumerable<StockBook> Stocks => _stocks.Values;

    public IEnumerable<CartBook> Carts => _carts.Values;

    public StockBook Stock(string sku)
    {
        if (!_stocks.TryGetValue(sku, out var book)) _stocks.Add(sku, book = new StockBook(sku, _findings));
        return book;
    }

    public CartBook Cart(string shopper)
    {
        if (!_carts.TryGetValue(shopper, out var book)) _carts.Add(shopper, book = new CartBook(shopper, this, _findings));
        return book;
    }

    /// <summary>The key of an operator, by its operation.</summary>
    public KeyBook Key(string operation)
    {
        if (!_keys.TryGetValue(operation, out var book)) _keys.Add(operation, book = new KeyBook(this, _findings));
        return book;
    }

    /// <summary>A campaign's events.</summary>
    public IReadOnlyList<Fact> Campaign(string id) => _campaigns.TryGetValue(id, out var facts) ? facts : [];

    /// <summary>The event that an operation other than a reservation or a claim has caused in a stock.</summary>
    public Fact? Of(string operation) => _operations.TryGetValue(operation, out var fact) ? fact : null;

    /// <summary>Whether an operation has left any event.</summary>
    public bool Has(string operation) => _known.Contains(operation);

    /// <summary>That each snapshot is what these books say.</summary>
    public void Check(IEnumerable<WrittenSnapshot> snapshots) => SnapshotCheck.Run(snapshots, this, _findings);

    private void Add(Fact fact)
    {
        var ledger = fact.Commit.Ledger;
        var seq = _seqs.GetValueOrDefault(ledger) + 1;
        _findings.Check("P8", fact.Seq == seq, () => $"{fact}: {seq} was due");
        _findings.Check("P8", fact.At.Ticks % TimeSpan.TicksPerMillisecond == 0, () => $"{fact}: not in whole milliseconds");
        _seqs[ledger] = seq;
        if (fact.Operation is { } asked) _known.Add(asked);

        if (fact.Operation is { } operation && fact.Type is FactType.Received or FactType.Withdrawn or FactType.WithdrawalGivenUp or FactType.Confirmed or FactType.Refunded)
        {
            _findings.Check("P3", _operations.TryAdd(fact.Operation, fact), () => $"{fact}: operation {fact.Operation} had its effect before: {_operations[fact.Operation]}");
        }

        // A second copy of a request, after its key was freed for another one, must find nothing to do.
        if (fact.Operation is not null && fact.Type is FactType.Received or FactType.Withdrawn)
        {
            _findings.Check("P3", Bound.Contains(fact.Operation), () => $"{fact}: no key stands for {fact.Operation}");
        }

        if (Rest(ledger, StockPrefix) is { } sku) Stock(sku).Add(fact);
        else if (Rest(ledger, CartPrefix) is { } shopper) Cart(shopper).Add(fact);
        else if (Rest(ledger, KeyPrefix) is { } key) Key(key).Add(fact);
        else if (Rest(ledger, CampaignPrefix) is { } campaign)
        {
            if (!_campaigns.TryGetValue(campaign, out var facts)) _campaigns.Add(campaign, facts = []);
            facts.Add(fact);
        }
        else _findings.Check("P8", holds: false, () => $"{fact}: no known ledger");
    }

    public static string? Rest(string ledger, string prefix) => ledger.StartsWith(prefix, StringComparison.Ordinal) ? ledger[prefix.Length..] : null;
}
