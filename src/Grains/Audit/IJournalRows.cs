namespace FlashSale.Grains.Audit;

/// <summary>A store's rows as of one moment; all that the audit needs of a store.</summary>
internal interface IJournalRows : IDisposable
{
    /// <summary>Events of the ledgers from <paramref name="from"/> up to, not including, <paramref name="to"/> (null: to the end), by (ledger, seq) in ordinal order.</summary>
    void Events(string from, string? to, RowVisitor visit);

    /// <summary>Every ledger that has a head or events.</summary>
    IEnumerable<LedgerRows> Ledgers();

    /// <summary>Complete snapshots that are beyond the head of their ledger; head null: there is none.</summary>
    IEnumerable<(string Ledger, long Seq, long? Head)> SnapshotsBeyondHead();

    /// <summary>How many complete snapshots there are.</summary>
    long Snapshots();

    /// <summary>The figures of each stock ledger, summed by the store itself.</summary>
    IEnumerable<(string Ledger, StockFigures Figures)> StockSums();
}

/// <summary>Sees one row after the other.</summary>
internal delegate void RowVisitor(in JournalRow row);

/// <summary>One event as the store has it, unread. Valid during the visit only.</summary>
internal readonly ref struct JournalRow
{
    public required Place Place { get; init; }

    /// <summary>Milliseconds since 1970.</summary>
    public required long At { get; init; }

    public required bool HasOperation { get; init; }

    /// <summary>UTF-8.</summary>
    public required ReadOnlySpan<byte> Operation { get; init; }

    public required long Type { get; init; }

    /// <summary>UTF-8.</summary>
    public required ReadOnlySpan<byte> Payload { get; init; }
}

/// <summary>Where a row stands.</summary>
internal readonly record struct Place(string Ledger, long Seq)
{
    public override string ToString() => Seq > 0 ? $"{Ledger} {Seq}" : Ledger;
}

/// <summary>What a ledger's rows add up to.</summary>
/// <param name="Ledger">Which.</param>
/// <param name="Head">Seq of its head; null: it has none.</param>
/// <param name="Events">How many.</param>
/// <param name="First">Least seq; 0 without events.</param>
/// <param name="Last">Greatest seq; 0 without events.</param>
internal readonly record struct LedgerRows(string Ledger, long? Head, long Events, long First, long Last);

/// <summary>Units of a SKU, over all its pools.</summary>
internal readonly record struct StockFigures(long Received, long Available, long Held, long Sold, long Withdrawn)
{
    public override string ToString() => $"received {Received}, available {Available}, held {Held}, sold {Sold}, withdrawn {Withdrawn}";
}
