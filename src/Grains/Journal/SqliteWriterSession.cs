using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>All that writes, on the one connection that writes.</summary>
internal sealed class SqliteWriterSession : SqliteSession
{
    readonly SqliteCommand _checkpoint;

    public SqliteWriterSession(SqliteConnection connection, StoreClock clock) : base(connection)
    {
        Groups = new SqliteGroups(this);
        Snapshots = new SqliteSnapshots(this);
        Leases = new SqliteLeases(this, clock);
        States = new SqliteStates(this);
        _checkpoint = Prepare("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    public SqliteGroups Groups { get; }

    public SqliteSnapshots Snapshots { get; }

    public SqliteLeases Leases { get; }

    public SqliteStates States { get; }

    /// <summary>Leaves one whole file behind, for backups by copying and a fast next start.</summary>
    public override void Dispose()
    {
        try
        {
            if (!IsBroken) _checkpoint.ExecuteNonQuery();
        }
        finally
        {
            base.Dispose();
        }
    }
}
