using System.Diagnostics.Metrics;

namespace FlashSale.Gateway.Events;

/// <summary>What the event streams show to operators, meter <c>FlashSale.Events</c>; docs/metrics.md explains it.</summary>
internal sealed class EventInstruments
{
    public const string MeterName = "FlashSale.Events";

    public EventInstruments(IMeterFactory meters, EventHub hub)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("flashsale.events.clients", () => hub.Clients, "{client}", "Open event streams.");
        meter.CreateObservableGauge("flashsale.events.behind", () => hub.Behind, "{client}", "Streams whose client has not taken yet what was sent to it.");
        meter.CreateObservableGauge("flashsale.events.feeds", () => hub.Feeds, "{campaign}", "Campaigns that somebody listens to.");
    }
}
