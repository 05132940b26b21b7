namespace FlashSale.Simulation.Tests;

/// <summary>A hold that a cart has claimed.</summary>
internal sealed record ClaimEntry(string Hold, string Sku, string Campaign, long Generation, int Index, long Seq)
{
    /// <summary>Units that count, as the cart knows it.</summary>
    public long Counted { get; set; }
}

/// <summary>The oracle's own account of one shopper: checks P5, and that a claim is of a hold that is there, is made once, and ends only by a fact.</summary>
internal sealed class CartBook(string shopper, Books books, Findings findings)
{
    private const string LimitReached = "LimitReached";

    private readonly Dictionary<string, ClaimEntry> _claims = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Hold, string Sku, long Generation), int> _refused = [];

    /// <summary>Claims accepted although, with what a late confirmation had sold, they were over the limit.</summary>
    public int LateOverLimit { get; private set; }

    /// <summary>Refusals for the limit.</summary>
    public List<Fact> LimitRefusals { get; } = [];

    public IEnumerable<ClaimEntry> Claims => _claims.Values;

    public ClaimEntry? Claim(string hold) => _claims.GetValueOrDefault(hold);

    /// <summary>Whether any generation of this hold was refused.</summary>
    public bool HasRefused(string hold) => _refused.Keys.Any(r => r.Hold == hold);

    /// <summary>Whether this generation was refused by one of the first events of the run, so many of them.</summary>
    public bool HasRefused(string hold, string sku, long generation, int durable) => _refused.TryGetValue((hold, sku, generation), out var index) && index < durable;

    /// <summary>Holds that were claimed by the events up to this seq.</summary>
    public IEnumerable<string> ClaimedBy(long seq) => _claims.Values.Where(c => c.Seq <= seq).Select(c => c.Hold);

    public void Add(Fact fact)
    {
        switch (fact.Type)
        {
            case FactType.Claimed:
                Claimed(fact);
                break;
            case FactType.ClaimRefused:
                var refused = (fact.Text("hold"), fact.Text("sku"), fact.Number("generation"));
                findings.Check("P3", _refused.TryAdd(refused, fact.Index), () => $"{fact}: refused twice");
                findings.Check("P3", !IsClaimed(refused), () => $"{fact}: it was claimed before");
                if (fact.Member("status").ToString() != LimitReached) break;
                Limited(fact);
                LimitRefusals.Add(fact);
                break;
            case FactType.ClaimEnded:
                Ended(fact);
                break;
            default:
                findings.Check("P8", holds: false, () => $"{fact}: no event of a cart");
                break;
        }
    }

    private void Claimed(Fact fact)
    {
        var hold = fact.Member("hold");
        string Text(string name) => hold.GetProperty(name).GetString()!;
        var entry = new ClaimEntry(Text("id"), Text("sku"), Text("campaign"), hold.GetProperty("generation").GetInt64(), fact.Index, fact.Seq)
        {
            Counted = hold.GetProperty("quantity").GetInt64(),
        };
        findings.Check("P3", !_refused.ContainsKey((entry.Hold, entry.Sku, entry.Generation)), () => $"{fact}: it was refused before");
        findings.Check("P3", !_claims.ContainsKey(entry.Hold), () => $"{fact}: the hold was claimed before as {_claims[entry.Hold]}");
        _claims[entry.Hold] = entry;

        var generation = books.Stock(entry.Sku).Find(entry.Hold, entry.Generation);
        findings.Check("P2", generation is not null && generation.Shopper == shopper && generation.Quantity == entry.Counted, () => $"{fact}: there is no such hold");
        var limit = generation?.Limit ?? 0;
        var counted = Counted(entry.Campaign);
        findings.Check("P5", counted <= limit, () => $"{fact}: {counted} units claimed, limit {limit}");
        var owned = _claims.Values.Where(c => c.Campaign == entry.Campaign).Sum(c => books.Stock(c.Sku).Find(c.Hold, c.Generation)?.Owned ?? 0);
        findings.Check("P5", owned <= limit, () => $"{fact}: {owned} units owned over all SKUs, limit {limit}");
        // Late confirmations do not ask the cart, so they are not part of this sum; see LateOverLimit.
        var late = _claims.Values.Where(c => c.Campaign == entry.Campaign).Sum(c => books.Stock(c.Sku).Of(c.Hold).Where(g => g.IsLate).Sum(g => g.Owned));
        if (owned + late > limit) LateOverLimit++;
    }

    private void Ended(Fact fact)
    {
        var (hold, number, state) = (fact.Text("hold"), fact.Number("generation"), fact.Text("state"));
        var claim = _claims.GetValueOrDefault(hold);
        findings.Check("P3", claim?.Generation == number, () => $"{fact}: it was never claimed");
        if (claim is null) return;
        claim.Counted = state == "confirmed" ? fact.Number("quantity") : 0;
        var generation = books.Stock(claim.Sku).Find(hold, number);
        findings.Check("P5", generation is { IsLive: false } && (state == "confirmed") == (generation.End!.Value.Type == FactType.Confirmed), () => $"{fact}: the stock says otherwise: {generation}");
    }

    // The cart may know less than the stock, but never refuses what it itself has room for.
    private void Limited(Fact fact)
    {
        if (books.Stock(fact.Text("sku")).Find(fact.Text("hold"), fact.Number("generation")) is not { } generation) return;
        var counted = Counted(generation.Campaign) - (Claim(generation.Hold)?.Counted ?? 0);
        findings.Check("truth", counted + generation.Quantity > generation.Limit, () => $"{fact}: {counted} units claimed, limit {generation.Limit}");
    }

    private long Counted(string campaign) => _claims.Values.Where(c => c.Campaign == campaign).Sum(c => c.Counted);

    private bool IsClaimed((string Hold, string Sku, long Generation) key) =>
        _claims.TryGetValue(key.Hold, out var claim) && claim.Sku == key.Sku && claim.Generation == key.Generation;
}
