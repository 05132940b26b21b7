using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>Who does a duty that one process at a time should do.</summary>
internal sealed class SqliteLeases(SqliteSession session, StoreClock clock)
{
    readonly SqliteCommand _take = session.Prepare(
        """
        INSERT INTO lease(name, owner, expires_at) VALUES ($name, $owner, $until)
        ON CONFLICT(name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
        WHERE lease.owner = excluded.owner OR lease.expires_at <= $now
        """,
        "$name", "$owner", "$until", "$now");

    public bool TryTake(string name, string owner, TimeSpan length) => session.Write(() =>
    {
        var now = clock.UnixMilliseconds;
        _take.Parameters[0].Value = name;
        _take.Parameters[1].Value = owner;
        _take.Parameters[2].Value = now + (long)length.TotalMilliseconds;
        _take.Parameters[3].Value = now;
        return _take.ExecuteNonQuery() == 1;
    });
}
