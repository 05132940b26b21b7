using System.Globalization;
using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Events;
using FlashSale.Gateway.Http;
using FlashSale.Gateway.Purchase;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Ledger;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace FlashSale.Silo.Telemetry;

/// <summary>
/// Exports metrics and traces by OTLP while the host runs. All of it happens on threads of its own: a collector that is slow or away costs the sale nothing,
/// and what it does not take is dropped.
/// </summary>
internal sealed class TelemetryExport(TelemetryOptions options, TimeProvider time, ILogger<TelemetryExport> log) : IHostedService, IDisposable
{
    /// <summary>Of this product.</summary>
    public static readonly string[] OwnMeters =
    [
        LedgerInstruments.MeterName, KeeperInstruments.MeterName, PurchaseInstruments.MeterName, HttpInstruments.MeterName, BoardInstruments.MeterName,
        EventInstruments.MeterName,
    ];

    /// <summary>Of what it stands on.</summary>
    public static readonly string[] OtherMeters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime", "Npgsql"];

    private const int ExportMostMs = 5_000;
    private const int FlushMostMs = 2_000;

    private MeterProvider? _metrics;
    private TracerProvider? _traces;
    private ExportTroubles? _troubles;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _troubles = new ExportTroubles(time, log);
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddMeter(OwnMeters)
            .AddMeter(OtherMeters)
            // The scheme and the version of the protocol would multiply the series and answer no question.
            .AddView("http.server.request.duration", new MetricStreamConfiguration { TagKeys = ["http.request.method", "http.route", "http.response.status_code"] })
            .AddOtlpExporter((exporter, reader) =>
            {
                Configure(exporter, "metrics");
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = options.IntervalSeconds * 1000;
                reader.PeriodicExportingMetricReaderOptions.ExportTimeoutMilliseconds = ExportMostMs;
            })
            .Build();
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(Resource())
            .AddSource(Traces.Name)
            .SetSampler(new AlwaysOnSampler()) // The gateway has decided: what is not traced never gets here.
            .AddOtlpExporter(exporter =>
            {
                Configure(exporter, "traces");
                exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = Math.Min(options.IntervalSeconds, 5) * 1000;
                exporter.BatchExportProcessorOptions.ExporterTimeoutMilliseconds = ExportMostMs;
            })
            .Build();
        return Task.CompletedTask;
    }

    /// <summary>Sends what the stop itself has measured, within 2 s a signal.</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _metrics?.Shutdown(FlushMostMs);
        _traces?.Shutdown(FlushMostMs);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _metrics?.Dispose();
        _traces?.Dispose();
        _troubles?.Dispose();
    }

    private void Configure(OtlpExporterOptions exporter, string signal)
    {
        exporter.Endpoint = options.EndpointOf(signal);
        exporter.Protocol = options.Protocol;
        exporter.TimeoutMilliseconds = ExportMostMs;
    }

    // The standard variables (OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES) win over what is said here.
    private static ResourceBuilder Resource() => ResourceBuilder.CreateEmpty()
        .AddService(
            "flashsale",
            serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version!.ToString(3),
            serviceInstanceId: string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}/{Environment.ProcessId}"))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();
}
