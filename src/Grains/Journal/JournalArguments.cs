using System.Buffers;
using System.Text;

namespace FlashSale.Grains.Journal;

/// <summary>
/// What every store demands of its callers before it touches anything. A violation is a bug of this program, so it is an
/// <see cref="ArgumentException"/>; the database is not asked to find it, because it would blame the whole group.
/// </summary>
internal static class JournalArguments
{
    /// <summary>Most rows in one page of events or names: bounds what one read holds in memory and how long it keeps its reader busy.</summary>
    public const int PageMost = 10_000;

    const int LedgerLengthMost = 100;
    const int OperationLength = 32;

    static readonly SearchValues<char> LedgerCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_/-");

    public static void CheckGroup(IReadOnlyList<JournalEntry> group)
    {
        ArgumentNullException.ThrowIfNull(group);
        for (var i = 0; i < group.Count; i++) CheckEntry(group[i]);
        CheckDistinct(group, entry => entry.Ledger);
    }

    public static void CheckLedgers(IReadOnlyList<string> ledgers)
    {
        ArgumentNullException.ThrowIfNull(ledgers);
        for (var i = 0; i < ledgers.Count; i++) CheckLedger(ledgers[i]);
        CheckDistinct(ledgers, ledger => ledger);
    }

    public static void CheckReads(IReadOnlyList<LedgerRead> reads)
    {
        ArgumentNullException.ThrowIfNull(reads);
        for (var i = 0; i < reads.Count; i++)
        {
            CheckLedger(reads[i].Ledger);
            ArgumentOutOfRangeException.ThrowIfNegative(reads[i].After ?? 0, nameof(LedgerRead.After));
            CheckRows(reads[i].EventsMost, nameof(LedgerRead.EventsMost));
        }
    }

    public static void CheckLedger(string ledger)
    {
        ArgumentException.ThrowIfNullOrEmpty(ledger);
        if (ledger.Length > LedgerLengthMost || ledger.AsSpan().ContainsAnyExcept(LedgerCharacters))
            throw new ArgumentException($"'{ledger}' is not 1-{LedgerLengthMost} characters of [A-Za-z0-9_/-].", nameof(ledger));
    }

    /// <summary>Refuses rather than clamps: a caller that takes a short page for the last one would stop too early.</summary>
    public static void CheckRows(int rows, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rows, PageMost, name);
    }

    public static void CheckSnapshot(string ledger, Snapshot snapshot)
    {
        CheckLedger(ledger);
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentOutOfRangeException.ThrowIfLessThan(snapshot.Seq, 1, nameof(Snapshot.Seq));
    }

    static void CheckEntry(JournalEntry entry)
    {
        CheckLedger(entry.Ledger);
        if (entry.Epoch < 0 || entry.Seq < 0 || (entry.Epoch == 0 && entry.Seq != 0))
            throw new ArgumentException($"No head can be at epoch {entry.Epoch}, seq {entry.Seq} ({entry.Ledger}).", nameof(entry));
        for (var i = 0; i < entry.Events.Count; i++) CheckEvent(entry.Ledger, entry.Seq + 1 + i, entry.Events[i]);
    }

    static void CheckEvent(string ledger, long seq, in EventRow row)
    {
        if (row.Seq != seq) throw new ArgumentException($"Event {row.Seq} stands where {seq} of {ledger} is due.", nameof(row));
        if (row.Type < 1) throw new ArgumentException($"Event {seq} of {ledger} has type {row.Type}; 0 is reserved.", nameof(row));
        if (row.Payload is null) throw new ArgumentException($"Event {seq} of {ledger} has no payload.", nameof(row));
        // PostgreSQL keeps no NUL, and no store keeps half a surrogate pair: what is replayed would not be what was decided.
        if (!IsText(row.Payload)) throw new ArgumentException($"The payload of event {seq} of {ledger} is not storable text.", nameof(row));
        if (row.Operation is { Length: not OperationLength } || (row.Operation is { } operation && !Ascii.IsValid(operation)))
            throw new ArgumentException($"Event {seq} of {ledger} has an operation that is not {OperationLength} digits.", nameof(row));
        // A fraction would be in memory now and gone after a replay, which would then answer a repeat with another time.
        if (row.At.Ticks % TimeSpan.TicksPerMillisecond != 0)
            throw new ArgumentException($"Event {seq} of {ledger} is not dated in whole milliseconds.", nameof(row));
    }

    static bool IsText(string text)
    {
        if (text.Contains('\0')) return false;
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return true;
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return false;
            i++;
        }
        return true;
    }

    /// <summary>A ledger named twice would be judged twice against one head: the second one would be fenced, or dropped, silently.</summary>
    static void CheckDistinct<T>(IReadOnlyList<T> items, Func<T, string> name)
    {
        if (items.Count < 2) return;
        var seen = new HashSet<string>(items.Count, StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
            if (!seen.Add(name(items[i]))) throw new ArgumentException($"{name(items[i])} is named twice in one call.", nameof(items));
    }
}
