using System.Diagnostics;
using System.Diagnostics.Metrics;
using FlashSale.Contracts;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Purchase;

/// <summary>What purchases show to operators, meter <c>FlashSale.Purchase</c>; docs/metrics.md explains it.</summary>
internal sealed class PurchaseInstruments
{
    public const string MeterName = "FlashSale.Purchase";

    /// <summary>For clients that nobody watches.</summary>
    public static readonly PurchaseInstruments None = new(new Meter("FlashSale.None"));

    private readonly Meter _meter;
    private readonly Counter<long> _attempts;
    private readonly Histogram<int> _batchSize;

    public PurchaseInstruments(IMeterFactory meters)
        : this(meters.Create(MeterName))
    {
    }

    private PurchaseInstruments(Meter meter)
    {
        _meter = meter;
        _attempts = meter.CreateCounter<long>("flashsale.purchase.attempts", "{attempt}", "Well-formed requests for a hold, by the code that answered them.");
        _batchSize = meter.CreateHistogram(
            "flashsale.stock.batch.size", "{request}", "Requests that went to a SKU together.", null, new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] });
    }

    /// <summary>Shows a client's levels from now on.</summary>
    public void Observe(StockClient client)
    {
        _meter.CreateObservableGauge("flashsale.stock.waiting", () => client.Waiting, "{request}", "Requests that wait for a batch, over all SKUs.");
        _meter.CreateObservableGauge("flashsale.stock.busy", () => client.BusySkus, "{sku}", "SKUs with requests waiting or under way.");
    }

    public void Batch(int requests) => _batchSize.Record(requests);

    /// <summary>An attempt begins; null where nobody traces it.</summary>
    public static Activity? Trace(CampaignId campaign, Sku sku, int quantity) => Traces.Start("purchase")
        ?.SetTag("flashsale.campaign", campaign.Value).SetTag("flashsale.sku", sku.Value).SetTag("flashsale.quantity", quantity);

    /// <summary>An attempt was answered. Only codes of the contract become tags of a count, never an id that a client chose.</summary>
    public void Answered(StockResult result, Activity? span) => Count(span, result switch
    {
        { Status: Status.Accepted, Repeated: true } => "repeated",
        { Status: Status.Accepted } => "held",
        _ => ProblemKind.Of(result.Status).Code,
    });

    /// <summary>An attempt failed.</summary>
    public void Failed(Exception exception, Activity? span)
    {
        Count(span, ProblemKind.Of(exception).Code);
        span?.SetStatus(ActivityStatusCode.Error, exception.Message);
    }

    private void Count(Activity? span, string code)
    {
        _attempts.Add(1, new KeyValuePair<string, object?>("code", code));
        span?.SetTag("flashsale.code", code);
    }
}
