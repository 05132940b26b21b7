using System.Collections.Concurrent;
using System.Diagnostics;
using FlashSale.Contracts;
using Microsoft.AspNetCore.Http;

namespace FlashSale.Gateway.Tests.Purchase;

/// <summary>The spans of a purchase, from the request over the batch to the claim.</summary>
public sealed class PurchaseTracesTests : IAsyncLifetime
{
    private readonly ActivityTraceId _trace = ActivityTraceId.CreateRandom();
    private readonly ConcurrentQueue<Activity> _spans = new();
    private ActivityListener _listener = null!;
    private GatewayHost _host = null!;

    public async Task InitializeAsync()
    {
        // Tests beside this one trace too: only what belongs to this trace is recorded here.
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Traces.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Parent.TraceId == _trace ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if (span.TraceId == _trace) _spans.Enqueue(span);
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _host = await GatewayHost.Start(("Stock:MaxBatches", "1"), ("Telemetry:TraceRatio", "0"));
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        _listener.Dispose();
    }

    [Fact]
    public async Task A_traced_purchase_is_a_tree_from_request_to_claim()
    {
        (await Hold("k1", traced: true)).AssertStatus(201);
        var request = await Span("POST /v1/campaigns/{campaign}/holds");
        var (purchase, stock, batch, claim) = (await Span("purchase"), await Span("stock"), await Span("stock.batch"), await Span("claim"));
        Assert.Equal(
            [request.SpanId, purchase.SpanId, stock.SpanId, purchase.SpanId],
            [purchase.ParentSpanId, stock.ParentSpanId, batch.ParentSpanId, claim.ParentSpanId]);
        Assert.Equal(("held", "dunk-low", 201), (purchase.GetTagItem("flashsale.code"), purchase.GetTagItem("flashsale.campaign"), request.GetTagItem("http.response.status_code")));
        Assert.DoesNotContain(_spans, span => span.Tags.Any(tag => tag.Value?.Contains(Sample.ShopperName, StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task A_batch_belongs_to_the_first_traced_request_in_it_and_is_linked_with_the_others()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Grains.Stock().OnBatch = async batch =>
        {
            asked.TrySetResult();
            await go.Task;
            return new ReserveReply([.. batch.Select(_ => new StockResult(Status.SoldOut))]);
        };
        var untraced = Hold("k0", traced: false);
        await asked.Task;
        var traced = new[] { Hold("k1", traced: true), Hold("k2", traced: true) };
        await GatewayHost.Until(() => _host.Service<Gateway.Purchase.StockClient>().Waiting == 2);
        go.SetResult();
        await Task.WhenAll([untraced, .. traced]);

        var batch = await Span("stock.batch");
        Assert.Equal((_trace, 1, 2), (batch.TraceId, batch.Links.Count(), batch.GetTagItem("flashsale.requests")));
    }

    [Fact]
    public async Task Nothing_is_made_of_a_request_that_nobody_traces()
    {
        Activity? seen = null;
        _host.Grains.Cart().OnClaim = hold =>
        {
            seen = Activity.Current; // What the request itself runs under.
            return new ClaimResult(Status.Accepted, hold);
        };
        (await Hold("k1", traced: false)).AssertStatus(201);
        Assert.Null(seen);
        Assert.Empty(_spans);
    }

    [Fact]
    public async Task A_share_of_requests_is_traced_that_did_not_ask_for_it()
    {
        var traced = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Traces.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        var time = new Testing.ManualTimeProvider();
        var traces = new Gateway.Http.RequestTraces(new GatewayOptions { TraceRatio = 0.25 }, time);
        for (var i = 0; i < 4000; i++)
        {
            time.Advance(TimeSpan.FromMicroseconds(i));
            await traces.Run(new DefaultHttpContext(), _ =>
            {
                if (Activity.Current is not null) traced++;
                return Task.CompletedTask;
            });
        }

        Assert.InRange(traced, 900, 1100);
        Assert.Null(Activity.Current);
    }

    private Task<Reply> Hold(string key, bool traced) => _host.Send(
        HttpMethod.Post, "/v1/campaigns/dunk-low/holds", """{"sku":"dunk-low-42","quantity":1}""", _host.Token, key, request =>
        {
            if (traced) request.Headers.Add("traceparent", $"00-{_trace}-{ActivitySpanId.CreateRandom()}-01");
        });

    // A request's span ends a moment after its answer has left.
    private async Task<Activity> Span(string name)
    {
        await GatewayHost.Until(() => _spans.Any(span => span.DisplayName == name));
        return Assert.Single(_spans, span => span.DisplayName == name);
    }
}
