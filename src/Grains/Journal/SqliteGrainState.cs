using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>Named JSON values in the journal's file.</summary>
internal sealed class SqliteGrainState : IGrainStates
{
    readonly SqliteThread<SqliteWriterSession> _writer;

    public SqliteGrainState(SqliteThread<SqliteWriterSession> writer) => _writer = writer;

    /// <inheritdoc />
    public Task<StoredState?> Read(string name, string key) => _writer.Run(session => session.States.Read(name, key));

    /// <inheritdoc />
    public Task<string?> Write(string name, string key, string payload, string? expectedEtag)
    {
        ArgumentNullException.ThrowIfNull(payload);
        return _writer.Run(session => session.States.Write(name, key, payload, expectedEtag));
    }

    /// <inheritdoc />
    public Task<bool> Delete(string name, string key, string expectedEtag) =>
        _writer.Run(session => session.States.Write(name, key, payload: null, expectedEtag) is not null);
}

/// <summary>
/// The statements of <see cref="SqliteGrainState"/>. A deleted state keeps its row without a payload: were the etag to begin anew, an old one
/// could match a later life.
/// </summary>
internal sealed class SqliteStates(SqliteSession session)
{
    readonly SqliteCommand _read = session.Prepare(
        "SELECT payload, etag FROM grain_state WHERE name = $name AND key = $key AND payload IS NOT NULL", "$name", "$key");

    readonly SqliteCommand _create = session.Prepare(
        """
        INSERT INTO grain_state(name, key, etag, payload) VALUES ($name, $key, 1, $payload)
        ON CONFLICT(name, key) DO UPDATE SET etag = etag + 1, payload = excluded.payload WHERE grain_state.payload IS NULL
        RETURNING etag
        """,
        "$name", "$key", "$payload");

    readonly SqliteCommand _replace = session.Prepare(
        """
        UPDATE grain_state SET etag = etag + 1, payload = $payload
        WHERE name = $name AND key = $key AND CAST(etag AS TEXT) = $etag AND payload IS NOT NULL RETURNING etag
        """,
        "$name", "$key", "$payload", "$etag");

    public StoredState? Read(string name, string key) => session.Look<StoredState?>(() =>
    {
        _read.Parameters[0].Value = name;
        _read.Parameters[1].Value = key;
        using var reader = _read.ExecuteReader();
        return reader.Read() ? new StoredState(reader.GetString(0), reader.GetString(1)) : null;
    });

    public string? Write(string name, string key, string? payload, string? expectedEtag) => session.Write(() =>
    {
        var command = expectedEtag is null ? _create : _replace;
        command.Parameters[0].Value = name;
        command.Parameters[1].Value = key;
        command.Parameters[2].Value = (object?)payload ?? DBNull.Value;
        if (expectedEtag is not null) command.Parameters[3].Value = expectedEtag;
        return command.ExecuteScalar()?.ToString();
    });
}
