using Npgsql;

namespace FlashSale.Grains.Journal;

/// <summary>All calls on the store: counted, so that disposal can wait for them, and their errors told apart.</summary>
internal sealed class PostgresCalls(NpgsqlDataSource source)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay;
    private bool _closed;

    /// <summary>Runs one call on a connection of the pool.</summary>
    public Task<T> Run<T>(Func<NpgsqlConnection, Task<T>> body) => Count(() => RunUncounted(body));

    /// <summary>A part of a call that is counted as a whole.</summary>
    public async Task<T> RunUncounted<T>(Func<NpgsqlConnection, Task<T>> body)
    {
        await using var connection = await PostgresErrors.Open(source);
        try
        {
            return await body(connection);
        }
        catch (PostgresException e) when (PostgresErrors.IsRolledBack(e))
        {
            throw PostgresErrors.RolledBack(e);
        }
    }

    /// <summary>Runs one call that finds its connection itself.</summary>
    public async Task<T> Count<T>(Func<Task<T>> body)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(PostgresJournal));
            _underWay++;
        }
        try
        {
            return await body();
        }
        finally
        {
            lock (_gate)
                if (--_underWay == 0 && _closed) _idle.TrySetResult();
        }
    }

    /// <summary>Takes no more calls; returns when those under way have ended.</summary>
    public Task Close()
    {
        lock (_gate)
        {
            _closed = true;
            if (_underWay == 0) _idle.TrySetResult();
        }
        return _idle.Task;
    }
}
