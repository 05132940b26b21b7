using System.Collections.Concurrent;

namespace FlashSale.Grains.Journal;

/// <summary>
/// One thread that owns one connection and works off a bounded queue in order. SQLite calls block, so they must not sit on the thread pool,
/// where a slow disk would stop the whole process.
/// </summary>
/// <typeparam name="TSession">The connection with its prepared statements; replaced by a new one once it says that it is broken.</typeparam>
internal sealed class SqliteThread<TSession> : IAsyncDisposable where TSession : SqliteSession
{
    /// <summary>Far more than one group writer and one opener ever have under way; a longer queue would only hide a dead disk.</summary>
    const int QueueMost = 4096;

    readonly BlockingCollection<Work> _queue = new(QueueMost);
    readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Func<TSession> _open;
    TSession? _session;   // Touched by the thread only, once it runs.

    /// <param name="name">Shown by debuggers and dumps.</param>
    /// <param name="open">Opens the first session at once, so that a start fails early, and later ones after a failure.</param>
    public SqliteThread(string name, Func<TSession> open)
    {
        _open = open;
        _session = open();
        new Thread(WorkOff) { IsBackground = true, Name = name }.Start();
    }

    public Task<T> Run<T>(Func<TSession, T> body)
    {
        var work = new Work<T>(body);
        try
        {
            if (!_queue.TryAdd(work)) work.Fail(new JournalRolledBackException($"{QueueMost} calls are waiting for the disk already."));
        }
        catch (InvalidOperationException)   // CompleteAdding was called.
        {
            work.Fail(new ObjectDisposedException(nameof(SqliteJournal)));
        }
        return work.Task;
    }

    /// <summary>Takes no more work, does what is queued, closes the session.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.CompleteAdding();
        await _ended.Task;
    }

    void WorkOff()
    {
        foreach (var work in _queue.GetConsumingEnumerable()) Do(work);
        CloseSession();
        _ended.SetResult();
    }

    void Do(Work work)
    {
        try
        {
            _session ??= _open();
        }
        catch (Exception e)
        {
            work.Fail(new JournalRolledBackException("The database could not be opened again; nothing was done.", e));
            return;
        }
        work.Do(_session);
        if (_session.IsBroken) CloseSession();
    }

    void CloseSession()
    {
        try
        {
            _session?.Dispose();
        }
        catch (Exception)
        {
            // Closing is a courtesy: what was committed is durable, and what was not is rolled back by the next opener.
        }
        _session = null;
    }

    abstract class Work
    {
        public abstract void Do(TSession session);
        public abstract void Fail(Exception e);
    }

    sealed class Work<T>(Func<TSession, T> body) : Work
    {
        // Asynchronous continuations: a waiter must never run on, or stop, the thread that writes.
        readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Task => _done.Task;

        public override void Do(TSession session)
        {
            try
            {
                _done.SetResult(body(session));
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }

        public override void Fail(Exception e) => _done.SetException(e);
    }
}
