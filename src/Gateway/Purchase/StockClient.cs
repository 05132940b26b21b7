using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashSale.Contracts;
using Orleans;

namespace FlashSale.Gateway.Purchase;

/// <summary>
/// Gathers the requests for one SKU into batches. A batch leaves at once while fewer than <see cref="StockClientOptions.MaxBatches"/> are in
/// flight; otherwise requests wait, so the batch size follows the load without a timer. The queue is bounded; a full one answers at once.
/// </summary>
/// <remarks>A failed batch fails each of its requests with the exception of the grain call.</remarks>
internal sealed class StockClient
{
    private static readonly Task<StockResult> Full = Task.FromResult(new StockResult(Status.Overloaded));

    private readonly IGrainFactory _grains;
    private readonly StockClientOptions _options;
    private readonly PurchaseInstruments _instruments;
    private readonly ConcurrentDictionary<Sku, Lane> _lanes = new();

    /// <param name="grains">The stock.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="instruments">Null: nobody watches.</param>
    public StockClient(IGrainFactory grains, StockClientOptions options, PurchaseInstruments? instruments = null)
    {
        (_grains, _options, _instruments) = (grains, options, instruments ?? PurchaseInstruments.None);
        instruments?.Observe(this);
    }

    /// <summary>Requests that wait for a batch. Looks at all SKUs.</summary>
    public int Waiting
    {
        get
        {
            var waiting = 0;
            foreach (var (_, lane) in _lanes)
            {
                lock (lane) waiting += lane.Waiting.Count;
            }

            return waiting;
        }
    }

    /// <summary>SKUs with requests waiting or in flight.</summary>
    public int BusySkus => _lanes.Count;

    /// <summary>The stock's answer to this request, or <see cref="Status.Overloaded"/> where it was never asked.</summary>
    public Task<StockResult> Reserve(Sku sku, Reserve request)
    {
        while (true)
        {
            var lane = _lanes.GetOrAdd(sku, static sku => new Lane(sku));
            Waiter waiter;
            Waiter[]? batch = null;
            lock (lane)
            {
                if (lane.Retired) continue; // It left the map between the look-up and the lock; nobody would drain its queue.
                if (lane.Waiting.Count >= _options.MaxWaiting) return Full;
                waiter = new Waiter(request);
                lane.Waiting.Enqueue(waiter);
                if (lane.InFlight < _options.MaxBatches)
                {
                    lane.InFlight++;
                    batch = TakeBatch(lane);
                }
            }

            if (batch is not null) _ = Drain(lane, batch);
            return waiter.Task;
        }
    }

    private async Task Drain(Lane lane, Waiter[] batch)
    {
        var grain = _grains.Stock(lane.Sku);
        while (true)
        {
            _instruments.Batch(batch.Length);
            await Send(grain, batch);
            lock (lane)
            {
                if (lane.Waiting.Count == 0)
                {
                    if (--lane.InFlight == 0)
                    {
                        lane.Retired = true;
                        _lanes.TryRemove(KeyValuePair.Create(lane.Sku, lane));
                    }

                    return;
                }

                batch = TakeBatch(lane);
            }
        }
    }

    private static async Task Send(IStockGrain grain, Waiter[] batch)
    {
        try
        {
            var requests = new Reserve[batch.Length];
            for (var i = 0; i < batch.Length; i++) requests[i] = batch[i].Request;
            var results = (await grain.Reserve(ImmutableCollectionsMarshal.AsImmutableArray(requests))).Results;
            if (results.Length != batch.Length) throw new InvalidOperationException($"{results.Length} results for a batch of {batch.Length}.");
            for (var i = 0; i < batch.Length; i++) batch[i].SetResult(results[i]);
        }
        catch (Exception exception)
        {
            foreach (var waiter in batch) waiter.TrySetException(exception);
        }
    }

    private Waiter[] TakeBatch(Lane lane)
    {
        var batch = new Waiter[Math.Min(lane.Waiting.Count, _options.MaxBatchSize)];
        for (var i = 0; i < batch.Length; i++) batch[i] = lane.Waiting.Dequeue();
        return batch;
    }

    // Continuations run elsewhere: else the winners' claims of a whole batch would queue up behind each other on one thread.
    private sealed class Waiter(Reserve request) : TaskCompletionSource<StockResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Reserve Request => request;
    }

    // All fields are read and written under the lane's own lock.
    private sealed class Lane(Sku sku)
    {
        public readonly Queue<Waiter> Waiting = new();
        public int InFlight;
        public bool Retired;

        public Sku Sku => sku;
    }
}
