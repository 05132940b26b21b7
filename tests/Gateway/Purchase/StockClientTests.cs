using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Gateway.Purchase;

namespace FlashSale.Gateway.Tests.Purchase;

public sealed class StockClientTests
{
    private readonly FakeGrains _grains = new();
    private readonly Gate _gate;

    public StockClientTests()
    {
        _gate = new Gate();
        _grains.Stock().OnBatch = _gate.Answer;
    }

    [Fact]
    public async Task A_lone_request_leaves_at_once()
    {
        var client = Client();
        var answer = Ask(client, 1);
        await _gate.Let();
        Assert.Equal(Status.Accepted, (await answer).Status);
        Assert.Single(_grains.Stock().Batches);
    }

    [Fact]
    public async Task Requests_gather_while_all_batches_are_in_flight_and_leave_together()
    {
        var client = Client(maxBatches: 2);
        var answers = Enumerable.Range(0, 10).Select(i => Ask(client, i)).ToArray();
        Assert.Equal([1, 1], _grains.Stock().Batches.Select(b => b.Length));
        await _gate.Let(3);
        await Task.WhenAll(answers);
        Assert.Equal([1, 1, 8], _grains.Stock().Batches.Select(b => b.Length));
    }

    [Fact]
    public async Task A_batch_has_at_most_its_bound()
    {
        var client = Client(maxBatches: 1, maxBatchSize: 4);
        var answers = Enumerable.Range(0, 10).Select(i => Ask(client, i)).ToArray();
        await _gate.Let(4);
        await Task.WhenAll(answers);
        Assert.Equal([1, 4, 4, 1], _grains.Stock().Batches.Select(b => b.Length));
    }

    [Fact]
    public async Task Each_request_gets_its_own_result_in_the_order_of_asking()
    {
        var client = Client(maxBatches: 1);
        var answers = Enumerable.Range(0, 20).Select(i => Ask(client, i)).ToArray();
        await _gate.Let(2);
        var results = await Task.WhenAll(answers);
        Assert.Equal(Enumerable.Range(0, 20).Select(Operation), results.Select(r => r.Hold!.Id.Operation));
        Assert.Equal(Enumerable.Range(0, 20).Select(Operation), _grains.Stock().Requests.Select(r => r.Operation));
    }

    [Fact]
    public async Task A_full_queue_answers_overloaded_at_once_and_the_stock_is_not_asked()
    {
        var client = Client(maxBatches: 1, maxWaiting: 2);
        var answers = new[] { Ask(client, 0), Ask(client, 1), Ask(client, 2) };
        var refused = Ask(client, 3);
        Assert.True(refused.IsCompletedSuccessfully);
        Assert.Equal(Status.Overloaded, (await refused).Status);
        await _gate.Let(2);
        await Task.WhenAll(answers);
        Assert.Equal(3, _grains.Stock().Requests.Count());
    }

    [Fact]
    public async Task A_full_queue_of_one_SKU_does_not_hinder_another()
    {
        var client = Client(maxBatches: 1, maxWaiting: 1);
        var answers = new[] { Ask(client, 0), Ask(client, 1) };
        Assert.Equal(Status.Overloaded, (await Ask(client, 2)).Status);
        Assert.Equal(Status.Accepted, (await client.Reserve(new Sku("other"), Request(3))).Status);
        await _gate.Let(2);
        await Task.WhenAll(answers);
    }

    [Fact]
    public async Task A_failed_batch_fails_each_of_its_requests_and_the_next_one_goes_on()
    {
        var client = Client(maxBatches: 1);
        var first = Ask(client, 0);
        var second = new[] { Ask(client, 1), Ask(client, 2) };
        await _gate.Fail(new LedgerUnavailableException("fenced"));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => first);
        await GatewayHost.Until(() => _grains.Stock().Batches.Count == 2); // Else the third request could still join the second batch.
        var third = Ask(client, 3);
        await _gate.Fail(new TimeoutException());
        foreach (var answer in second) await Assert.ThrowsAsync<TimeoutException>(() => answer);
        await _gate.Let();
        Assert.Equal(Status.Accepted, (await third).Status);
    }

    [Fact]
    public async Task An_exception_on_the_callers_stack_reaches_the_requests_too()
    {
        var factory = new FakeGrains();
        factory.Stock().OnBatch = _ => throw new LedgerOverloadedException("full");
        await Assert.ThrowsAsync<LedgerOverloadedException>(() => new StockClient(factory.Factory, new StockClientOptions()).Reserve(Sample.Sku, Request(0)));
    }

    [Fact]
    public async Task A_reply_of_another_length_is_a_bug_and_hands_nobody_the_result_of_somebody_else()
    {
        var client = Client();
        _grains.Stock().OnBatch = _ => Task.FromResult(new ReserveReply([]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Ask(client, 0));
    }

    [Fact]
    public async Task An_idle_SKU_leaves_the_map()
    {
        var client = Client();
        var answer = Ask(client, 0);
        Assert.Equal(1, client.BusySkus);
        await _gate.Let();
        await answer;
        await GatewayHost.Until(() => client.BusySkus == 0);
    }

    [Fact]
    public async Task A_crowd_on_many_threads_gets_all_its_answers()
    {
        _grains.Stock().OnBatch = null;
        var client = Client(maxBatches: 4, maxBatchSize: 16);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5000).AsParallel().Select(i => (i, answer: Ask(client, i))).ToArray()
            .Select(async one => (one.i, hold: (await one.answer).Hold!)));
        Assert.All(answers, one => Assert.Equal(Operation(one.i), one.hold.Id.Operation));
        Assert.Equal(5000, _grains.Stock().Requests.Count());
        await GatewayHost.Until(() => client.BusySkus == 0);
    }

    private static OperationId Operation(int i) => OperationId.Of(Sample.ShopperName, "hold", "k" + i);

    private static Reserve Request(int i) => new(Operation(i), Sample.Shopper, Sample.Campaign, 1);

    private static Task<StockResult> Ask(StockClient client, int i) => client.Reserve(Sample.Sku, Request(i));

    private StockClient Client(int maxBatches = 4, int maxBatchSize = 512, int maxWaiting = 10_000) =>
        new(_grains.Factory, new StockClientOptions { MaxBatches = maxBatches, MaxBatchSize = maxBatchSize, MaxWaiting = maxWaiting });

    /// <summary>Batches wait here, in the order of coming, until the test lets them through.</summary>
    private sealed class Gate
    {
        private readonly System.Threading.Channels.Channel<TaskCompletionSource> _waiting =
            System.Threading.Channels.Channel.CreateUnbounded<TaskCompletionSource>();

        public async Task<ReserveReply> Answer(ImmutableArray<Reserve> batch)
        {
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Writer.TryWrite(turn);
            await turn.Task;
            return new ReserveReply([.. batch.Select(request => new StockResult(Status.Accepted, Sample.Hold(request, Sample.Sku)))]);
        }

        public async Task Let(int batches = 1)
        {
            for (var i = 0; i < batches; i++) (await _waiting.Reader.ReadAsync()).SetResult();
        }

        public async Task Fail(Exception exception) => (await _waiting.Reader.ReadAsync()).SetException(exception);
    }
}
