using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
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
        Traces.Leave(); // It goes on for whoever comes meanwhile.
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
        using var span = Trace(batch);
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

    // A part of the first traced request's span, and linked with the others': the time before it is the wait for the batch.
    private static Activity? Trace(Waiter[] batch)
    {
        if (!Traces.Source.HasListeners()) return null;
        var traced = batch.Where(waiter => waiter.Span is not null).Select(waiter => waiter.Span!.Context).ToArray();
        if (traced.Length == 0) return null;
        var links = traced.Skip(1).Select(context => new ActivityLink(context));
        return Traces.Source.StartActivity("stock.batch", ActivityKind.Client, traced[0], tags: null, links)?.SetTag("flashsale.requests", batch.Length);
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

        /// <summary>Whose it is, where that is traced.</summary>
        public Activity? Span { get; } = Traces.Recorded;
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
