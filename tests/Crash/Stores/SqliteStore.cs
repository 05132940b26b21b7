using Microsoft.Data.Sqlite;

namespace FlashSale.Crash.Tests.Stores;

/// <summary>A directory with SQLite's files.</summary>
internal sealed class SqliteStore : Store
{
    public string File => Path.Combine(Directory, "flashsale.db");

    /// <summary>What is committed is written here first.</summary>
    public string Wal => File + "-wal";

    protected override string[] Settings => [];

    public override async Task<object?> Run(string sql)
    {
        await using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }
}
