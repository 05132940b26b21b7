using FlashSale.Grains.Journal;
using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>The contract, kept by SQLite.</summary>
public sealed class SqliteJournalContractTests : JournalContract
{
    readonly TemporaryDirectory _directory = new();

    private protected override bool SupportsTwoOpeners => false;

    private protected override Task<IJournal> OpenFresh() => OpenAgain();

    private protected override Task<IJournal> OpenAgain() => Task.FromResult<IJournal>(SqliteJournal.Open(_directory.Path, TimeProvider.System));

    private protected override Task Remove()
    {
        _directory.Remove();
        return Task.CompletedTask;
    }

    private protected override Task PlantEvent(string ledger, long seq) => _directory.Execute(
        "INSERT INTO ledger_event(ledger, seq, at, operation, type, payload) VALUES ($1, $2, 0, NULL, 1, '{}')", ledger, seq);

    private protected override Task PlantSnapshotChunk(string ledger, long seq, int chunk, int chunks, byte[] data) => _directory.Execute(
        "INSERT INTO ledger_snapshot(ledger, seq, chunk, chunks, format, data) VALUES ($1, $2, $3, $4, 1, $5)", ledger, seq, chunk, chunks, data);
}

/// <summary>A data directory of one test's own, and an operator's shell on the file in it.</summary>
internal sealed class TemporaryDirectory
{
    public string Path { get; } = Directory.CreateTempSubdirectory("flashsale-journal-").FullName;

    public string File => System.IO.Path.Combine(Path, SqliteFile.FileName);

    public SqliteJournal Open(TimeProvider? time = null) => SqliteJournal.Open(Path, time ?? TimeProvider.System);

    public Task Execute(string sql, params object[] values) => Query(sql, values);

    /// <summary>The first column of the first row.</summary>
    public async Task<object?> Query(string sql, params object[] values)
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=False;Foreign Keys=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"${i + 1}", values[i]);
        return await command.ExecuteScalarAsync();
    }

    public void Remove() => Directory.Delete(Path, recursive: true);
}
