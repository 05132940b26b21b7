using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>
/// Snapshots are written in chunks, each in a transaction of its own between two groups, so that a big one never stalls the groups for long.
/// One counts once all of its chunks are there; a crash half-way leaves rows that no reader takes, and the next snapshot deletes them.
/// </summary>
internal sealed class SqliteSnapshots(SqliteSession session)
{
    public const int ChunkBytesMost = 1024 * 1024;

    /// <summary>The newest complete one of a ledger that is not beyond the head.</summary>
    public const string Newest =
        """
        SELECT seq, format FROM ledger_snapshot WHERE ledger = $ledger AND seq <= $head
        GROUP BY seq, format, chunks HAVING count(*) = chunks ORDER BY seq DESC LIMIT 1
        """;

    readonly SqliteCommand _head = session.Prepare("SELECT seq FROM ledger_head WHERE ledger = $ledger", "$ledger");

    readonly SqliteCommand _newest = session.Prepare(Newest, "$ledger", "$head");

    readonly SqliteCommand _deleteSame = session.Prepare("DELETE FROM ledger_snapshot WHERE ledger = $ledger AND seq = $seq", "$ledger", "$seq");

    readonly SqliteCommand _deleteAnother = session.Prepare(
        """
        DELETE FROM ledger_snapshot WHERE (ledger, seq, chunk) IN
          (SELECT ledger, seq, chunk FROM ledger_snapshot WHERE ledger = $ledger AND seq <> $seq LIMIT 1)
        """,
        "$ledger", "$seq");

    readonly SqliteCommand _insert = session.Prepare(
        "INSERT INTO ledger_snapshot(ledger, seq, chunk, chunks, format, data) VALUES ($ledger, $seq, $chunk, $chunks, $format, $data)",
        "$ledger", "$seq", "$chunk", "$chunks", "$format", "$data");

    public static int CountChunks(Snapshot snapshot) => Math.Max(1, (snapshot.Data.Length + ChunkBytesMost - 1) / ChunkBytesMost);

    /// <summary>Writes the first chunk, unless the snapshot is not wanted.</summary>
    public bool Begin(string ledger, Snapshot snapshot) => session.Write(() =>
    {
        var headSeq = Scalar(_head, ledger) ?? 0;
        // Beyond the head it holds events that never were; it must not come to life when the head passes its seq with other ones.
        if (snapshot.Seq > headSeq || Scalar(_newest, ledger, headSeq) >= snapshot.Seq) return false;
        Execute(_deleteSame, ledger, snapshot.Seq);
        Insert(ledger, snapshot, 0);
        return true;
    });

    public bool Continue(string ledger, Snapshot snapshot, int chunk) => session.Write(() =>
    {
        Insert(ledger, snapshot, chunk);
        return true;
    });

    /// <summary>Deletes one chunk of any other snapshot of the ledger; false: there was none.</summary>
    public bool DeleteAnother(string ledger, long keptSeq) => session.Write(() => Execute(_deleteAnother, ledger, keptSeq) > 0);

    void Insert(string ledger, Snapshot snapshot, int chunk)
    {
        var start = chunk * ChunkBytesMost;
        _insert.Parameters[0].Value = ledger;
        _insert.Parameters[1].Value = snapshot.Seq;
        _insert.Parameters[2].Value = chunk;
        _insert.Parameters[3].Value = CountChunks(snapshot);
        _insert.Parameters[4].Value = snapshot.Format;
        _insert.Parameters[5].Value = snapshot.Data.Slice(start, Math.Min(ChunkBytesMost, snapshot.Data.Length - start)).ToArray();
        _insert.ExecuteNonQuery();
        _insert.Parameters[5].Value = null;
    }

    static long? Scalar(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
        return command.ExecuteScalar() as long?;
    }

    static int Execute(SqliteCommand command, string ledger, long seq)
    {
        command.Parameters[0].Value = ledger;
        command.Parameters[1].Value = seq;
        return command.ExecuteNonQuery();
    }
}
