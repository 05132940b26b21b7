using FlashSale.Contracts;

namespace FlashSale.Grains.Audit;

/// <summary>The audit of a PostgreSQL journal.</summary>
/// <param name="connectionString">Where the journal is.</param>
/// <param name="clock">See <see cref="JournalAuditor"/>.</param>
/// <param name="grace">See <see cref="JournalAuditor"/>.</param>
internal sealed class PostgresAuditor(string connectionString, ILedgerClock? clock = null, TimeSpan? grace = null)
    : JournalAuditor(() => new PostgresJournalRows(connectionString), clock, grace);
