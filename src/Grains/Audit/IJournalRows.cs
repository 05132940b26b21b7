namespace FlashSale.Grains.Audit;

/// <summary>
/// A store's rows; all that the audit needs of a store. Each call, and each page of one that visits many rows, is a short statement of its own, so that a
/// store which goes on serving never has to keep old versions for the audit. What stood at one moment is told apart by the heads of that moment:
/// rows are only ever added behind them.
/// </summary>
internal interface IJournalRows : IDisposable
{
    /// <summary>The heads of all ledgers at one moment, in the ordinal order of their names.</summary>
    IEnumerable<(string Ledger, long Seq)> Heads();

    /// <summary>The present heads of these ledgers; those without one are left out.</summary>
    IEnumerable<(string Ledger, long Seq)> HeadsOf(IReadOnlyList<string> ledgers);

    /// <summary>Events of the ledgers from <paramref name="from"/> up to, not including, <paramref name="to"/> (null: to the end), by (ledger, seq) in ordinal order.</summary>
    void Events(string from, string? to, RowVisitor visit);

    /// <summary>Complete snapshots that are beyond the head of their ledger; head null: there is none.</summary>
    IEnumerable<(string Ledger, long Seq, long? Head)> SnapshotsBeyondHead();

    /// <summary>How many complete snapshots there are.</summary>
    long Snapshots();

    /// <summary>What the events of a stock ledger after one seq, up to another, add to its figures; summed by the store itself.</summary>
    StockFigures Sum(string ledger, long after, long upTo);
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

/// <summary>Units of a SKU, over all its pools.</summary>
internal readonly record struct StockFigures(long Received, long Available, long Held, long Sold, long Withdrawn)
{
    public static StockFigures operator +(StockFigures a, StockFigures b) =>
        new(a.Received + b.Received, a.Available + b.Available, a.Held + b.Held, a.Sold + b.Sold, a.Withdrawn + b.Withdrawn);

    public override string ToString() => $"received {Received}, available {Available}, held {Held}, sold {Sold}, withdrawn {Withdrawn}";
}
