using FlashSale.Contracts;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// Sends what is asked one by one in batches: while one batch is at the store, the next one fills. Used for opens and reads, so that a burst
/// of activations costs a few round trips.
/// </summary>
/// <typeparam name="TRequest">One request.</typeparam>
/// <typeparam name="TResponse">Its answer.</typeparam>
/// <param name="send">One batch to the store; answers in the order of the requests.</param>
/// <param name="key">No key goes into a batch twice; the second waits for the next batch.</param>
/// <param name="most">Requests in one batch.</param>
/// <param name="bound">Requests waiting, beyond which a request is refused.</param>
/// <param name="failed">Told when the store failed a request that was sent alone.</param>
internal sealed class Coalescer<TRequest, TResponse>(
    Func<IReadOnlyList<TRequest>, Task<TResponse[]>> send,
    Func<TRequest, string> key,
    int most,
    int bound,
    Action failed)
{
    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private readonly Wake _wake = new();
    private bool _stopping;

    public Task<TResponse> Ask(TRequest request)
    {
        var done = new TaskCompletionSource<TResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_stopping) throw new LedgerUnavailableException("The process is stopping.");
            if (_waiting.Count >= bound) throw new LedgerOverloadedException($"{bound} reads of the journal are waiting.");
            _waiting.Enqueue(new Waiting(request, done));
        }

        _wake.Set();
        return done.Task;
    }

    /// <summary>Sends batches until stopped and empty.</summary>
    public async Task Run()
    {
        while (true)
        {
            var batch = Next(out var stopped);
            if (batch.Count > 0) await Send(batch);
            else if (stopped) return;
            else await _wake.Wait();
        }
    }

    public void Stop()
    {
        lock (_gate) _stopping = true;
        _wake.Set();
    }

    private List<Waiting> Next(out bool stopped)
    {
        var batch = new List<Waiting>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        lock (_gate)
        {
            stopped = _stopping;
            // One look at each: what cannot go now is queued again behind, in its order.
            for (var left = _waiting.Count; left > 0; left--)
            {
                var next = _waiting.Dequeue();
                if (batch.Count < most && keys.Add(key(next.Request))) batch.Add(next);
                else _waiting.Enqueue(next);
            }
        }

        return batch;
    }

    private async Task Send(List<Waiting> batch)
    {
        try
        {
            var responses = await send(batch.ConvertAll(w => w.Request));
            for (var i = 0; i < batch.Count; i++) batch[i].Done.TrySetResult(responses[i]);
        }
        catch (Exception) when (batch.Count > 1)
        {
            // Whatever is wrong with one request must not fail those that happened to wait beside it.
            foreach (var waiting in batch) await Send([waiting]);
        }
        catch (Exception error)
        {
            failed();
            batch[0].Done.TrySetException(new LedgerUnavailableException("The journal cannot be read.", error));
        }
    }

    private readonly record struct Waiting(TRequest Request, TaskCompletionSource<TResponse> Done);
}

/// <summary>A signal that is never lost: a wait after a set returns at once. One waiter at a time.</summary>
internal sealed class Wake
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _waiter;
    private bool _set;

    public void Set()
    {
        TaskCompletionSource? waiter;
        lock (_gate)
        {
            waiter = _waiter;
            _waiter = null;
            _set = waiter is null;
        }

        waiter?.SetResult();
    }

    public Task Wait()
    {
        lock (_gate)
        {
            if (_set)
            {
                _set = false;
                return Task.CompletedTask;
            }

            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }
}
