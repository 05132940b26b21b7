namespace FlashSale.Simulation.Tests;

/// <summary>One generation of a hold.</summary>
internal sealed record Generation(string Hold, string Sku, long Number, string Shopper, string Campaign, int Quantity, bool IsLate, int HeldIndex)
{
    /// <summary>Units per shopper in force when it was granted: what the claim of it is measured by.</summary>
    public int Limit { get; init; }

    public DateTimeOffset PromisedUntil { get; init; }

    public DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The event that ended it; null while it lives.</summary>
    public Fact? End { get; set; }

    public long Sold { get; set; }

    public bool IsLive => End is null;

    /// <summary>Units that its shopper has: held or bought.</summary>
    public long Owned => IsLive ? Quantity : Sold;

    public bool EndedBefore(int index) => End is { } end && end.Index < index;
}

/// <summary>One campaign's pool after some event.</summary>
internal sealed record PoolPage(
    TimeSpan Since,
    long Seq,
    long Available,
    long Held,
    long Sold,
    bool OnSale,
    bool Frozen,
    int ClosedIndex,
    DateTimeOffset OpensAt,
    DateTimeOffset ClosesAt,
    int Limit,
    int HoldSeconds,
    long Version)
{
    public static readonly PoolPage None = new(TimeSpan.Zero, 0, 0, 0, 0, false, false, -1, default, default, 0, 0, 0);

    public bool IsClosed => ClosedIndex >= 0;
}

/// <summary>A SKU's figures outside of the campaigns' pools after some event.</summary>
internal readonly record struct ShelfPage(TimeSpan Since, long Seq, long Received, long Withdrawn, long General);

/// <summary>The oracle's own account of one SKU: checks P1, P3, P6 and the pool's part of P5 at every event.</summary>
internal sealed class StockBook(string sku, Findings findings)
{
    private readonly Dictionary<(string Hold, long Number), Generation> _generations = [];
    private readonly Dictionary<string, Generation> _current = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<PoolPage>> _pools = new(StringComparer.Ordinal);
    private readonly List<ShelfPage> _shelf = [];
    private long _received;
    private long _withdrawn;
    private long _general;

    public long General => _general;

    public long Withdrawn => _withdrawn;

    public IEnumerable<Generation> Generations => _generations.Values.OrderBy(g => g.Number);

    public IEnumerable<(string Campaign, PoolPage Last)> Pools => _pools.Select(p => (p.Key, p.Value[^1]));

    /// <summary>All states that the pool was in, each since the commit that brought it.</summary>
    public IReadOnlyList<PoolPage> Pages(string campaign) => _pools.TryGetValue(campaign, out var pages) ? pages : [];

    /// <summary>The pools as they were after the event of this seq.</summary>
    public IEnumerable<(string Campaign, PoolPage Page)> PoolsAt(long seq) =>
        _pools.Select(p => (p.Key, p.Value.FindLast(page => page.Seq <= seq)!)).Where(p => p.Item2.Seq > 0);

    /// <summary>The figures outside of the pools, after each event.</summary>
    public IReadOnlyList<ShelfPage> Shelf => _shelf;

    /// <summary>The figures outside of the pools as they were after the event of this seq.</summary>
    public ShelfPage ShelfAt(long seq) => _shelf.FindLast(page => page.Seq <= seq);

    public Generation? Find(string hold, long number) => _generations.GetValueOrDefault((hold, number));

    public IEnumerable<Generation> Of(string hold) => _generations.Values.Where(g => g.Hold == hold);

    public void Add(Fact fact)
    {
        switch (fact.Type)
        {
            case FactType.Registered or FactType.WithdrawalGivenUp:
                break;
            case FactType.Received:
                _received += fact.Number("quantity");
                _general += fact.Number("quantity");
                break;
            case FactType.Withdrawn:
                _withdrawn += fact.Number("quantity");
                _general -= fact.Number("quantity");
                break;
            case FactType.PoolConfigured:
                Configured(fact);
                break;
            case FactType.Held:
                Held(fact);
                break;
            case FactType.Extended:
                if (Live(fact) is not { } extended) break;
                findings.Check("P3", fact.Time("expiresAt") > extended.ExpiresAt, () => $"{fact}: shorter than promised: {extended.ExpiresAt:O}");
                extended.ExpiresAt = fact.Time("expiresAt");
                break;
            case FactType.Confirmed:
                End(fact, fact.Number("freed"), fact.Number("sold"));
                break;
            case FactType.Released or FactType.Expired:
                End(fact, fact.Number("quantity"), sold: 0);
                break;
            case FactType.Refunded:
                Refunded(fact);
                break;
            case FactType.PoolFrozen or FactType.PoolResumed:
                Newer(fact);
                Turn(fact, fact.Text("campaign"), p => p with { Frozen = fact.Type == FactType.PoolFrozen, Version = fact.Number("version") });
                break;
            case FactType.PoolClosed:
                _general += fact.Number("returned");
                findings.Check("P3", !Pool(fact.Text("campaign")).IsClosed, () => $"{fact}: closed twice");
                Turn(fact, fact.Text("campaign"), p => p with { Available = p.Available - fact.Number("returned"), ClosedIndex = fact.Index });
                break;
            default:
                findings.Check("P8", holds: false, () => $"{fact}: no event of a stock");
                break;
        }

        Conserve(fact);
        _shelf.Add(new ShelfPage(fact.Commit.Time, fact.Seq, _received, _withdrawn, _general));
    }

    // A step that was delayed must not undo a newer one.
    private void Newer(Fact fact) =>
        findings.Check("P6", fact.Number("version") > Pool(fact.Text("campaign")).Version, () => $"{fact}: after version {Pool(fact.Text("campaign")).Version}");

    private void Configured(Fact fact)
    {
        Newer(fact);
        _general -= fact.Number("moved");
        Turn(fact, fact.Text("campaign"), p => p with
        {
            Available = p.Available + fact.Number("moved"),
            OnSale = fact.Flag("onSale"),
            Frozen = fact.Flag("frozen"),
            OpensAt = fact.Time("opensAt"),
            ClosesAt = fact.Time("closesAt"),
            Limit = (int)fact.Number("limitPerShopper"),
            HoldSeconds = (int)fact.Number("holdSeconds"),
            Version = fact.Number("version"),
        });
    }

    private void Held(Fact fact)
    {
        var (hold, campaign, shopper) = (fact.Text("hold"), fact.Text("campaign"), fact.Text("shopper"));
        var quantity = (int)fact.Number("quantity");
        var pool = Pool(campaign);
        var before = _current.GetValueOrDefault(hold);
        findings.Check("P3", before is null || before.End is { Type: FactType.Released or FactType.Expired }, () => $"{fact}: the generation before has not ended, or was sold");
        findings.Check("P6", fact.At >= pool.OpensAt && fact.At < pool.ClosesAt, () => $"{fact}: at {fact.At:O} outside of the window {pool.OpensAt:O} - {pool.ClosesAt:O}");
        findings.Check("P6", !pool.IsClosed && !pool.Frozen, () => $"{fact}: the pool is closed or frozen");
        // A late confirmation takes units anew for somebody who had them; everybody else can only have what is on sale.
        findings.Check("P6", pool.OnSale || fact.Operation is null, () => $"{fact}: the pool is not on sale");

        var owned = _generations.Values.Where(g => g.Shopper == shopper && g.Campaign == campaign).Sum(g => g.Owned);
        findings.Check("P5", owned + quantity <= pool.Limit, () => $"{fact}: {owned} owned in this SKU, limit {pool.Limit}");
        findings.Check("P6", fact.Time("expiresAt") == fact.At.AddSeconds(pool.HoldSeconds), () => $"{fact}: at {fact.At:O}, and holds last {pool.HoldSeconds} s");
        var generation = new Generation(hold, sku, fact.Seq, shopper, campaign, quantity, fact.Operation is null, fact.Index)
        {
            ExpiresAt = fact.Time("expiresAt"),
            PromisedUntil = fact.Time("expiresAt"),
            Limit = pool.Limit,
        };
        _generations[(hold, fact.Seq)] = _current[hold] = generation;
        Turn(fact, campaign, p => p with { Available = p.Available - quantity, Held = p.Held + quantity });
    }

    private void End(Fact fact, long freed, long sold)
    {
        if (Live(fact) is not { } generation) return;
        findings.Check("P6", fact.Type != FactType.Expired || fact.At >= generation.ExpiresAt, () => $"{fact}: at {fact.At:O}, before {generation.ExpiresAt:O}");
        findings.Check("P1", freed + sold == generation.Quantity && freed >= 0, () => $"{fact}: of {generation.Quantity} units");
        generation.End = fact;
        generation.Sold = sold;
        Free(freed, generation.Campaign);
        Turn(fact, generation.Campaign, p => p with
        {
            Available = p.IsClosed ? p.Available : p.Available + freed,
            Held = p.Held - generation.Quantity,
            Sold = p.Sold + sold,
        });
    }

    private void Refunded(Fact fact)
    {
        var quantity = fact.Number("quantity");
        var generation = Find(fact.Text("hold"), fact.Number("generation"));
        findings.Check("P3", generation?.Sold >= quantity, () => $"{fact}: more than was sold");
        if (generation is null) return;
        generation.Sold -= quantity;
        var restock = fact.Flag("restock");
        if (restock) Free(quantity, generation.Campaign);
        else _withdrawn += quantity;
        Turn(fact, generation.Campaign, p => p with { Available = p.IsClosed || !restock ? p.Available : p.Available + quantity, Sold = p.Sold - quantity });
    }

    private void Free(long quantity, string campaign)
    {
        if (Pool(campaign).IsClosed) _general += quantity;
    }

    private Generation? Live(Fact fact)
    {
        var generation = Find(fact.Text("hold"), fact.Number("generation"));
        findings.Check("P3", generation is { IsLive: true }, () => $"{fact}: there is no such generation, or it has ended: {generation?.End}");
        return generation is { IsLive: true } ? generation : null;
    }

    private PoolPage Pool(string campaign) => _pools.TryGetValue(campaign, out var pages) ? pages[^1] : PoolPage.None;

    private void Turn(Fact fact, string campaign, Func<PoolPage, PoolPage> change)
    {
        if (!_pools.TryGetValue(campaign, out var pages)) _pools.Add(campaign, pages = [PoolPage.None]);
        pages.Add(change(pages[^1]) with { Since = fact.Commit.Time, Seq = fact.Seq });
    }

    private void Conserve(Fact fact)
    {
        long available = _general, held = 0, sold = 0;
        foreach (var (campaign, pool) in Pools)
        {
            available += pool.Available;
            held += pool.Held;
            sold += pool.Sold;
            findings.Check("P1", pool is { Available: >= 0, Held: >= 0, Sold: >= 0 }, () => $"{fact}: pool {campaign} is below zero: {pool}");
            findings.Check("P4", !pool.IsClosed || pool.Available == 0, () => $"{fact}: closed pool {campaign} keeps {pool.Available} units");
        }

        findings.Check("P1", _general >= 0 && _withdrawn >= 0, () => $"{fact}: general pool {_general}, withdrawn {_withdrawn}");
        findings.Check("P1", _received == available + held + sold + _withdrawn, () => $"{fact}: received {_received} is not {available} + {held} + {sold} + {_withdrawn}");
    }
}
