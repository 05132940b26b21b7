using System.Diagnostics.Tracing;
using System.Globalization;

namespace FlashSale.Silo.Telemetry;

/// <summary>
/// OpenTelemetry tells of its troubles by event sources alone. One line in five minutes of them goes to the log, so that a collector that is away is
/// noticed and floods nothing.
/// </summary>
internal sealed partial class ExportTroubles : EventListener
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    private readonly TimeProvider? _time; // Null while the base constructor already calls.
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private long? _saidAt;

    public ExportTroubles(TimeProvider time, ILogger log)
    {
        _log = log;
        _time = time;
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        // The exporter warns of what it could not send; the rest of OpenTelemetry warns of instruments that nobody asked for.
        if (eventSource.Name.StartsWith("OpenTelemetry-Exporter", StringComparison.Ordinal)) EnableEvents(eventSource, EventLevel.Warning);
        else if (eventSource.Name.StartsWith("OpenTelemetry", StringComparison.Ordinal)) EnableEvents(eventSource, EventLevel.Error);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (_time is null || !IsTime(_time)) return;
        var text = string.Format(CultureInfo.InvariantCulture, eventData.Message ?? eventData.EventName ?? "", [.. eventData.Payload ?? []]);
        var line = text.AsSpan().IndexOfAny('\r', '\n');
        Trouble(line < 0 ? text : text[..line]);
    }

    private bool IsTime(TimeProvider time)
    {
        lock (_gate)
        {
            if (_saidAt is { } saidAt && time.GetElapsedTime(saidAt) < Every) return false;
            _saidAt = time.GetTimestamp();
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Telemetry: {Trouble} More of this is said in five minutes at the earliest; sales are not affected.")]
    private partial void Trouble(string trouble);
}
