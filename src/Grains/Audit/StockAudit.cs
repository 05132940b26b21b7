namespace FlashSale.Grains.Audit;

/// <summary>The promises, as they are checked.</summary>
internal sealed class Promises
{
    public PromiseCheck P1 { get; } = new("P1");

    public PromiseCheck P2 { get; } = new("P2");

    public PromiseCheck P3 { get; } = new("P3");

    public PromiseCheck P4 { get; } = new("P4");

    public PromiseCheck P5 { get; } = new("P5");

    public PromiseCheck P6 { get; } = new("P6");

    public PromiseCheck P8 { get; } = new("P8");

    /// <summary>The latest that a hold was ended behind its time, in milliseconds.</summary>
    public long LatenessMost { get; set; }
}

/// <summary>
/// One SKU's ledger, followed event by event. Units are moved between buckets by what the grant said and by what its end says, so that the two
/// disagreeing shows as an imbalance.
/// </summary>
internal sealed partial class StockAudit
{
    private readonly string _ledger;
    private readonly Promises _promises;
    private readonly Names _names;
    private readonly Generations _generations;
    private readonly Adjustments _adjustments;
    private readonly int _sku;
    private readonly Dictionary<int, Pool> _pools = [];
    private readonly Dictionary<UInt128, int> _newest = [];
    private readonly Dictionary<UInt128, long> _operations = [];
    private StockFigures _sum;
    private long _general;
    private bool _unbalanced;
    private long _late; // Seq of a grant without an operation, which the next event must confirm.

    public StockAudit(string ledger, Promises promises, Names names, Generations generations, Adjustments adjustments)
    {
        (_ledger, _promises, _names, _generations, _adjustments) = (ledger, promises, names, generations, adjustments);
        _sku = names.Of(ledger.AsSpan(EventTable.Stock.Length));
        generations.BeginSku();
    }

    public void Event(in JournalRow row, Payload e)
    {
        var type = (Event)row.Type;
        if (_late != 0) CheckLate(row.Place, type == Audit.Event.Confirmed && e.Generation == _late && e.Freed == 0);
        CheckOperation(row, type);
        Pool? pool = null;
        switch (type)
        {
            case Audit.Event.Received:
                _sum = _sum with { Received = _sum.Received + e.Quantity };
                AddGeneral(e.Quantity);
                _adjustments.Add(row.Operation, _sku, e.Quantity);
                break;
            case Audit.Event.Withdrawn:
                _sum = _sum with { Withdrawn = _sum.Withdrawn + e.Quantity };
                AddGeneral(-e.Quantity);
                _adjustments.Add(row.Operation, _sku, -e.Quantity);
                break;
            case Audit.Event.WithdrawalGivenUp: _adjustments.Add(row.Operation, _sku, units: 0); break;
            case Audit.Event.PoolConfigured: pool = Configured(row, e); break;
            case Audit.Event.PoolFrozen or Audit.Event.PoolResumed: pool = Changed(row, e, frozen: type == Audit.Event.PoolFrozen); break;
            case Audit.Event.PoolClosed: pool = Closed(row, e); break;
            case Audit.Event.Held: pool = Held(row, e); break;
            case Audit.Event.Extended: Extended(row, e); break;
            case Audit.Event.Confirmed: pool = Ended(row, e, Standing.Confirmed, e.Sold, e.Freed); break;
            case Audit.Event.Released: pool = Ended(row, e, Standing.Released, 0, e.Quantity); break;
            case Audit.Event.Expired: pool = Ended(row, e, Standing.Expired, 0, e.Quantity); break;
            case Audit.Event.Refunded: pool = Refunded(row, e); break;
        }

        CheckUnits(row.Place, pool);
    }

    /// <summary>The ledger is at its end.</summary>
    public StockFigures End()
    {
        if (_late != 0) CheckLate(new Place(_ledger, _late), holds: false);
        _generations.EndSku(_sku, _ledger);
        return _sum;
    }

    private void CheckUnits(Place place, Pool? pool)
    {
        var p1 = _promises.P1;
        p1.Expect(_general >= 0, place, $"the general pool has {_general} units");
        if (pool is not null)
        {
            p1.Expect(
                pool is { Available: >= 0, Held: >= 0, Sold: >= 0 },
                place,
                $"pool {_names[pool.Campaign]} has available {pool.Available}, held {pool.Held}, sold {pool.Sold}");
            p1.Expect(pool.ClosedAt is null || pool.Available == 0, place, $"the closed pool {_names[pool.Campaign]} keeps {pool.Available} units");
        }

        // Once out of balance every later event is, too.
        if (_unbalanced) return;
        _unbalanced = !p1.Expect(
            _sum.Received == _sum.Available + _sum.Held + _sum.Sold + _sum.Withdrawn, place, $"units do not add up: {_sum}");
    }

    private Pool PoolOf(int campaign)
    {
        if (!_pools.TryGetValue(campaign, out var pool)) _pools[campaign] = pool = new Pool(campaign);
        return pool;
    }

    private Pool Configured(in JournalRow row, Payload e)
    {
        var pool = PoolOf(e.Campaign);
        CheckVersion(row.Place, pool, e.Version);
        _promises.P6.Expect(pool.ClosedAt is null, row.Place, $"the closed pool {_names[e.Campaign]} is configured");
        (pool.OnSale, pool.Frozen, pool.OpensAt, pool.ClosesAt) = (e.OnSale, e.Frozen, e.OpensAt, e.ClosesAt);
        (pool.Limit, pool.HoldSeconds) = (e.LimitPerShopper, e.HoldSeconds);
        AddGeneral(-e.Moved);
        Add(pool, available: e.Moved);
        return pool;
    }

    private Pool Changed(in JournalRow row, Payload e, bool frozen)
    {
        var pool = PoolOf(e.Campaign);
        CheckVersion(row.Place, pool, e.Version);
        pool.Frozen = frozen;
        return pool;
    }

    private Pool Closed(in JournalRow row, Payload e)
    {
        var pool = PoolOf(e.Campaign);
        _promises.P6.Expect(pool.ClosedAt is null, row.Place, $"pool {_names[e.Campaign]} is closed twice");
        pool.ClosedAt = row.At;
        pool.Version = e.Version;
        Add(pool, available: -e.Returned);
        AddGeneral(e.Returned);
        return pool;
    }

    // Without this an old step that was delayed could re-open a window.
    private void CheckVersion(Place place, Pool pool, long version)
    {
        _promises.P6.Expect(version > pool.Version, place, $"pool {_names[pool.Campaign]} goes from version {pool.Version} to {version}");
        pool.Version = version;
    }

    private void AddGeneral(long units)
    {
        _general += units;
        _sum = _sum with { Available = _sum.Available + units };
    }

    private void Add(Pool pool, long available = 0, long held = 0, long sold = 0)
    {
        pool.Available += available;
        pool.Held += held;
        pool.Sold += sold;
        _sum = _sum with { Available = _sum.Available + available, Held = _sum.Held + held, Sold = _sum.Sold + sold };
    }

    // What a closed pool's holds give back belongs to the general pool.
    private void Free(Pool pool, long units)
    {
        if (pool.ClosedAt is null) Add(pool, available: units);
        else AddGeneral(units);
    }

    private sealed class Pool(int campaign)
    {
        public int Campaign { get; } = campaign;

        public long Version { get; set; }

        public bool OnSale { get; set; }

        public bool Frozen { get; set; }

        public long? ClosedAt { get; set; }

        public long OpensAt { get; set; }

        public long ClosesAt { get; set; }

        public long Limit { get; set; }

        public long HoldSeconds { get; set; }

        public long Available { get; set; }

        public long Held { get; set; }

        public long Sold { get; set; }

        /// <summary>Units held and bought, by shopper.</summary>
        public Dictionary<int, long> Owned { get; } = [];
    }
}
