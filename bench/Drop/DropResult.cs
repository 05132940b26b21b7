using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;

namespace FlashSale.Drop;

/// <summary>All that a finished drop has to say.</summary>
internal sealed record DropResult(
    DropOptions Options,
    DropPlan Plan,
    Tally Tally,
    TimeSpan LoginsTook,
    (TimeSpan Took, long Requests) Rush,
    ShelfEnd End,
    SkuView Sku,
    LedgerFold Ledger,
    int Explained,
    AuditView Audit,
    Differences Differences);
