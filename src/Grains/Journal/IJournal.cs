using FlashSale.Contracts;

namespace FlashSale.Grains.Journal;

/// <summary>
/// The append-only store of all ledgers. Knows heads, events and snapshots as rows; knows no domain. One process talks to it through one
/// <see cref="Ledger.GroupWriter"/> (appends, one group at a time) and its <see cref="Ledger.Coalescer{TRequest, TResponse}"/>s (opens and reads, many in one call).
/// </summary>
/// <remarks>
/// Failure contract of every call: <see cref="JournalRolledBackException"/> means that nothing of the call happened; any other exception
/// means that the outcome is unknown. A call is never cancelled half-way by its caller.
/// A ledger is named by 1-100 characters of <c>[A-Za-z0-9_/-]</c>, ordered by ordinal comparison.
/// What <see cref="JournalArguments"/> forbids is thrown as <see cref="ArgumentException"/> before the store is touched; after disposal every
/// call fails with <see cref="ObjectDisposedException"/>, and nothing of it happened. No call looks at its list after it was answered; until
/// then the caller leaves the list alone.
/// </remarks>
internal interface IJournal : IAsyncDisposable
{
    /// <summary>Product, version and safety settings as read back from the store, for the log and <c>/health/ready</c>.</summary>
    string Description { get; }

    /// <summary>The store's clock.</summary>
    Task<DateTimeOffset> ReadClock();

    /// <summary>
    /// Writes one group atomically and durably: each entry whose (epoch, seq) still is its ledger's head appends its events, each other one
    /// changes nothing and is reported as fenced. An entry with epoch 0 and seq 0 stands for a ledger that has no head yet; its append creates
    /// the head with epoch 1. An entry without events only checks. A group of checks needs no fsync.
    /// </summary>
    /// <param name="group">At most one entry a ledger.</param>
    /// <returns>For each entry, in order, true where its (epoch, seq) matched (and its events are durable), false where it was fenced.</returns>
    Task<bool[]> Append(IReadOnlyList<JournalEntry> group);

    /// <summary>
    /// Takes the right to write: raises the epoch of each ledger by one, durably, after any commit in flight. A ledger without a head gets one, with
    /// epoch 1 and seq 0, so that what is still on its way to it is fenced.
    /// </summary>
    /// <param name="ledgers">No ledger twice.</param>
    Task<LedgerHead[]> Bump(IReadOnlyList<string> ledgers);

    /// <summary>
    /// Reads heads, newest snapshots that are not beyond the head, and the first events after the snapshot (or after
    /// <see cref="LedgerRead.After"/>), all of one moment a ledger.
    /// </summary>
    Task<LedgerContents[]> Read(IReadOnlyList<LedgerRead> reads);

    /// <summary>
    /// Events with a seq greater than <paramref name="after"/>, at most <paramref name="limit"/>, in the order of seq. No page is larger than
    /// <see cref="JournalArguments.PageMost"/>: more is refused rather than cut, for a short page means the end.
    /// </summary>
    Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit);

    /// <summary>Ledgers whose name begins with the prefix and comes after <paramref name="after"/>, in ordinal order.</summary>
    Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit);

    /// <summary>
    /// Keeps the snapshot if it is newer than the one kept and not beyond the head; older ones are then deleted, events never. One that is not
    /// wanted is dropped without a word.
    /// </summary>
    Task WriteSnapshot(string ledger, Snapshot snapshot);

    /// <summary>
    /// Takes or renews a lease, judged by the store's clock. False: somebody else has it. All who want one ask for the same length, so one that ends later than
    /// two lengths from now was taken before that clock was set back, and is nobody's: its owner may be dead, and would be waited for until the old time has come again.
    /// </summary>
    /// <param name="name">Which duty.</param>
    /// <param name="owner">Who asks.</param>
    /// <param name="length">For how long from now; zero gives it back.</param>
    Task<bool> TryLease(string name, string owner, TimeSpan length);
}

/// <summary>What a ledger's head row says. Epoch 0 and seq 0: there is none.</summary>
internal readonly record struct LedgerHead(long Epoch, long Seq);

/// <summary>One event as it is stored.</summary>
/// <param name="Seq">1 and up, without gaps.</param>
/// <param name="At">Ledger time of the decision, whole milliseconds.</param>
/// <param name="Operation">32 hexadecimal digits, or null.</param>
/// <param name="Type">Number of the event's type, 1 and up; frozen.</param>
/// <param name="Payload">JSON object.</param>
internal readonly record struct EventRow(long Seq, DateTimeOffset At, string? Operation, int Type, string Payload);

/// <summary>One ledger's part of a group.</summary>
/// <param name="Ledger">Which.</param>
/// <param name="Epoch">The epoch under which the events were decided.</param>
/// <param name="Seq">The seq that the head must have; the first event's is one greater.</param>
/// <param name="Events">Consecutive; empty for a bare check.</param>
internal sealed record JournalEntry(string Ledger, long Epoch, long Seq, IReadOnlyList<EventRow> Events);

/// <summary>A wish to read one ledger.</summary>
/// <param name="Ledger">Which.</param>
/// <param name="After">Events after this seq; null: start from the newest snapshot, or from the beginning.</param>
/// <param name="EventsMost">Events in the first page.</param>
internal sealed record LedgerRead(string Ledger, long? After, int EventsMost);

/// <summary>A ledger as read.</summary>
/// <param name="Head">The head at that moment.</param>
/// <param name="Snapshot">The newest complete snapshot that is not beyond the head, where one was asked for and exists.</param>
/// <param name="Events">The first events after it.</param>
internal sealed record LedgerContents(LedgerHead Head, Snapshot? Snapshot, IReadOnlyList<EventRow> Events);

/// <summary>The fold of a ledger's events up to and including <paramref name="Seq"/>.</summary>
/// <param name="Seq">Last event contained.</param>
/// <param name="Format">What reads the data; a reader that does not know it ignores the snapshot.</param>
/// <param name="Data">Opaque here.</param>
internal sealed record Snapshot(long Seq, int Format, ReadOnlyMemory<byte> Data);

/// <summary>The store refused the call as a whole, and nothing of it happened.</summary>
internal sealed class JournalRolledBackException(string message, Exception? innerException = null) : Exception(message, innerException);

/// <summary>The store cannot be used at all; the message says in one line what to do. Ends the start.</summary>
internal sealed class JournalUnusableException(string message, Exception? innerException = null) : Exception(message, innerException);
