using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Bystanders;
using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;

namespace FlashSale.Drop;

/// <summary>All that a finished drop has to say.</summary>
/// <param name="Curve">Null for a closed loop.</param>
/// <param name="Servers">Where they listened.</param>
/// <param name="Store">As a server names it.</param>
/// <param name="OpenedAt">The timeline's zero.</param>
/// <param name="Lanes">How many connections were used by shoppers at the same time, at most.</param>
internal sealed record DropResult(
    DropOptions Options,
    DropPlan Plan,
    ArrivalCurve? Curve,
    IReadOnlyList<Uri> Servers,
    string? Store,
    DateTimeOffset OpenedAt,
    int Lanes,
    Tally Tally,
    Timeline Timeline,
    TimeSpan LoginsTook,
    (TimeSpan Took, long Requests) Rush,
    FaultOutcome? Fault,
    BystanderCount? Bystanders,
    ShelfEnd End,
    SkuView Sku,
    LedgerFold Ledger,
    int Explained,
    AuditView Audit,
    Differences Differences)
{
    public bool IsOk => Differences.Count == 0;
}
