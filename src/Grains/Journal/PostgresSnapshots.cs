using Npgsql;

namespace FlashSale.Grains.Journal;

/// <summary>
/// Snapshots are written in chunks, each autocommitted, so that no group's fsync has a big one to write first. One counts once all of its
/// chunks are there; what a crash left half-way no reader takes, and the next snapshot deletes it. Two processes never write the same seq of
/// a ledger: it was acknowledged to one of them.
/// </summary>
internal static class PostgresSnapshots
{
    public const int ChunkBytesMost = 1024 * 1024;

    /// <returns>False: it was not wanted.</returns>
    public static async Task<bool> Write(NpgsqlConnection connection, string ledger, Snapshot snapshot)
    {
        if (!await Begin(connection, ledger, snapshot.Seq)) return false;
        var chunks = Math.Max(1, (snapshot.Data.Length + ChunkBytesMost - 1) / ChunkBytesMost);
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            var start = chunk * ChunkBytesMost;
            var data = snapshot.Data.Slice(start, Math.Min(ChunkBytesMost, snapshot.Data.Length - start));
            await Execute(connection, PostgresStatements.WriteChunk, ledger, snapshot.Seq, chunk, chunks, snapshot.Format, data);
        }
        await Execute(connection, PostgresStatements.DeleteOtherSnapshots, ledger, snapshot.Seq);
        return true;
    }

    private static async Task<bool> Begin(NpgsqlConnection connection, string ledger, long seq)
    {
        await using var command = PostgresReads.Command(connection, PostgresStatements.BeginSnapshot, ledger, seq);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, params object[] values)
    {
        await using var command = PostgresReads.Command(connection, sql, values);
        await command.ExecuteNonQueryAsync();
    }
}
