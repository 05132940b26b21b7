using Microsoft.Data.Sqlite;

namespace FlashSale.Grains.Journal;

/// <summary>One open connection, its transactions and its prepared statements. Used by one thread at a time.</summary>
internal abstract class SqliteSession : IDisposable
{
    readonly SqliteConnection _connection;
    readonly SqliteCommand _begin;
    readonly SqliteCommand _beginImmediate;
    readonly SqliteCommand _commit;
    readonly SqliteCommand _rollback;

    protected SqliteSession(SqliteConnection connection)
    {
        _connection = connection;
        _begin = Prepare("BEGIN");
        _beginImmediate = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _rollback = Prepare("ROLLBACK");
    }

    /// <summary>True once the state of the connection is in doubt: it is closed, which rolls back, and a new one is opened.</summary>
    public bool IsBroken { get; private set; }

    public SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in parameters) command.Parameters.Add(new SqliteParameter(name, value: null));
        command.Prepare();
        return command;
    }

    /// <summary>
    /// Runs the body in one transaction. An error before the COMMIT means that nothing happened; one out of the COMMIT itself leaves that open,
    /// and is rethrown as it is.
    /// </summary>
    public T Write<T>(Func<T> body)
    {
        var result = Attempt(_beginImmediate, body);
        try
        {
            _commit.ExecuteNonQuery();
        }
        catch (Exception)
        {
            IsBroken = true;
            throw;
        }
        return result;
    }

    /// <summary>Runs the body on one consistent view of the database; takes no lock and causes no fsync.</summary>
    public T Look<T>(Func<T> body)
    {
        var result = Attempt(_begin, body);
        RollBack();
        return result;
    }

    public virtual void Dispose()
    {
        _connection.Dispose();
        GC.SuppressFinalize(this);
    }

    T Attempt<T>(SqliteCommand start, Func<T> body)
    {
        try
        {
            start.ExecuteNonQuery();
            return body();
        }
        catch (Exception e)
        {
            RollBack();
            throw new JournalRolledBackException($"The database refused, and nothing was changed: {e.Message}", e);
        }
    }

    void RollBack()
    {
        try
        {
            _rollback.ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself (disk full, I/O error), or the transaction never began.
            IsBroken = true;
        }
    }
}
