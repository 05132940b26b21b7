using Npgsql;
using NpgsqlTypes;

namespace FlashSale.Grains.Journal;

/// <summary>Named JSON values in the journal's database. A deleted one keeps its row without a payload: were the etag to begin anew, an old one could match a later life.</summary>
internal sealed class PostgresGrainState(PostgresCalls calls) : IGrainStates
{
    /// <inheritdoc />
    public Task<StoredState?> Read(string name, string key) => calls.Run<StoredState?>(async connection =>
    {
        await using var command = PostgresReads.Command(connection, PostgresStatements.ReadState, name, key);
        await using var row = await command.ExecuteReaderAsync();
        return await row.ReadAsync() ? new StoredState(row.GetString(0), row.GetInt64(1).ToString()) : null;
    });

    /// <inheritdoc />
    public Task<string?> Write(string name, string key, string payload, string? expectedEtag)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return Put(name, key, payload, expectedEtag);
    }

    /// <inheritdoc />
    public async Task<bool> Delete(string name, string key, string expectedEtag) => await Put(name, key, payload: null, expectedEtag) is not null;

    private Task<string?> Put(string name, string key, string? payload, string? expectedEtag) => calls.Run(async connection =>
    {
        await using var command = PostgresReads.Command(
            connection, expectedEtag is null ? PostgresStatements.CreateState : PostgresStatements.ReplaceState, name, key);
        command.Parameters.Add(new() { Value = (object?)payload ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Json });
        if (expectedEtag is not null) command.Parameters.Add(new() { Value = expectedEtag });
        return (await command.ExecuteScalarAsync())?.ToString();
    });
}
