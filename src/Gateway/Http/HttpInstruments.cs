using System.Diagnostics.Metrics;

namespace FlashSale.Gateway.Http;

/// <summary>
/// What ASP.NET's own meters do not know of requests, meter <c>FlashSale.Http</c>: those that a bound of this gateway turned away. docs/metrics.md
/// explains it, and names the instruments of ASP.NET that count and time the rest.
/// </summary>
internal sealed class HttpInstruments
{
    public const string MeterName = "FlashSale.Http";

    private readonly Meter _meter;
    private readonly Counter<long> _refused;

    public HttpInstruments(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _refused = _meter.CreateCounter<long>("flashsale.http.refused", "{request}", "Requests that were turned away, by the bound that was reached.");
    }

    /// <summary>Shows a limit's levels from now on.</summary>
    public void Observe(PurchaseLimit purchases)
    {
        _meter.CreateObservableGauge("flashsale.http.purchases", () => purchases.Inside, "{request}", "Purchases in progress.");
        _meter.CreateObservableGauge("flashsale.http.purchases.limit", () => purchases.Limit, "{request}", "How many purchases may be in progress.");
    }

    public void ShopperRate() => Refused("shopper_rate");

    public void AddressRate() => Refused("address_rate");

    public void Requests() => Refused("requests");

    public void Purchases() => Refused("purchases");

    public void EventClients() => Refused("event_clients");

    private void Refused(string bound) => _refused.Add(1, new KeyValuePair<string, object?>("bound", bound));
}
