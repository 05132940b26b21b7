using FlashSale.Contracts;

namespace FlashSale.Grains.Audit;

/// <summary>The audit of a SQLite journal.</summary>
/// <param name="dataDirectory">Where the journal is.</param>
/// <param name="clock">See <see cref="JournalAuditor"/>.</param>
/// <param name="grace">See <see cref="JournalAuditor"/>.</param>
internal sealed class SqliteAuditor(string dataDirectory, ILedgerClock? clock = null, TimeSpan? grace = null)
    : JournalAuditor(() => new SqliteJournalRows(dataDirectory), clock, grace);
