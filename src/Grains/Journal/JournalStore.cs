using FlashSale.Contracts;
using FlashSale.Grains.Audit;

namespace FlashSale.Grains.Journal;

/// <summary>An opened store: the journal, the grain storage beside it, and its audit.</summary>
/// <param name="Journal">Disposing it closes the store.</param>
/// <param name="States">Named JSON values.</param>
/// <param name="Auditor">Makes the audit, which judges what is overdue by the clock.</param>
internal sealed record JournalStore(IJournal Journal, IGrainStates States, Func<ILedgerClock, IAuditor> Auditor)
{
    /// <summary>PostgreSQL where a connection string is given, else SQLite files in the directory.</summary>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public static async Task<JournalStore> Open(string dataDirectory, string? connectionString, TimeProvider time)
    {
        if (!string.IsNullOrWhiteSpace(connectionString))
        {
            var postgres = await PostgresJournal.Open(new PostgresOptions(connectionString));
            return new JournalStore(postgres, postgres.GrainState, clock => new PostgresAuditor(connectionString, clock));
        }

        var sqlite = SqliteJournal.Open(dataDirectory, time);
        return new JournalStore(sqlite, sqlite.GrainState, clock => new SqliteAuditor(dataDirectory, clock));
    }

    /// <summary>The audit of a journal that this process does not open: another one may be serving it.</summary>
    public static IAuditor Audit(string dataDirectory, string? connectionString) => string.IsNullOrWhiteSpace(connectionString)
        ? new SqliteAuditor(dataDirectory)
        : new PostgresAuditor(connectionString);
}
