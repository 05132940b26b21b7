namespace FlashSale.Drop.Check;

/// <summary>A hold as the ledger tells it: its latest generation.</summary>
internal sealed record LedgerHold(string Id, long Generation, string Shopper, int Quantity, LedgerKind? End)
{
    public bool IsLive => End is null;
}

/// <summary>
/// The driver's own fold of a SKU's ledger, independent of the server's: which holds there were, which still live, and whether ever more
/// was held than there is.
/// </summary>
internal sealed class LedgerFold(DropPlan plan, Differences differences)
{
    readonly Dictionary<string, LedgerHold> _holds = new(StringComparer.Ordinal);
    readonly List<(DateTimeOffset At, long Left)> _shelf = [];

    public IReadOnlyDictionary<string, LedgerHold> Holds => _holds;

    public long Events { get; private set; }

    public long LastSeq { get; private set; }

    /// <summary>Units left after each event that took some or gave some back, in ledger time.</summary>
    public IReadOnlyList<(DateTimeOffset At, long Left)> Shelf => _shelf;

    public long LiveUnits { get; private set; }

    public long LiveUnitsMax { get; private set; }

    public void Add(LedgerEntry entry)
    {
        Events++;
        LastSeq = entry.Seq;
        if (entry.Kind == LedgerKind.Other)
            return;
        if (entry.Kind == LedgerKind.Held)
            Start(entry);
        else
            End(entry);
        _shelf.Add((entry.At, plan.Stock - LiveUnits));
    }

    void Start(LedgerEntry entry)
    {
        if (entry.Campaign != plan.Campaign)
            differences.Add("ledger", $"seq {entry.Seq}: held for campaign {entry.Campaign}, to which this SKU does not belong.");
        if (_holds.TryGetValue(entry.Hold!, out var before) && before.IsLive)
            differences.Add("ledger", $"seq {entry.Seq}: hold {entry.Hold} is held a second time while it lives.");
        else
            _holds[entry.Hold!] = new LedgerHold(entry.Hold!, entry.Generation, entry.Shopper ?? "", entry.Quantity, null);
        LiveUnits += entry.Quantity;
        if (LiveUnits > plan.Stock && LiveUnits > LiveUnitsMax)
            differences.Add("oversell", $"seq {entry.Seq}: {LiveUnits} units are held of a stock of {plan.Stock}.");
        LiveUnitsMax = Math.Max(LiveUnitsMax, LiveUnits);
    }

    void End(LedgerEntry entry)
    {
        if (_holds.TryGetValue(entry.Hold ?? "", out var hold) && hold.IsLive && hold.Generation == entry.Generation)
        {
            _holds[hold.Id] = hold with { End = entry.Kind };
            // Sold units have left the shelf just the same.
            if (entry.Kind != LedgerKind.Confirmed)
                LiveUnits -= hold.Quantity;
        }
        else
        {
            differences.Add("ledger", $"seq {entry.Seq}: {entry.Kind} ends hold {entry.Hold}, generation {entry.Generation}, which does not live.");
        }
    }
}
