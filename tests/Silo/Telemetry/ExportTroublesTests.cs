using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using FlashSale.Silo.Telemetry;
using FlashSale.Testing;
using Microsoft.Extensions.Logging;

namespace FlashSale.Silo.Tests.Telemetry;

public sealed class ExportTroublesTests
{
    [Fact]
    public void A_collector_that_stays_away_is_one_line_in_five_minutes()
    {
        var time = new ManualTimeProvider();
        var log = new KeptLog();
        using var source = new Exporter();
        using var troubles = new ExportTroubles(time, log);
        for (var i = 0; i < 30; i++)
        {
            source.Failed("http://collector:4318", "Connection refused\n   at a place");
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.StartsWith("Telemetry: http://collector:4318: Connection refused ", Assert.Single(log.Lines), StringComparison.Ordinal);
        source.Failed("http://collector:4318", "Connection refused");
        Assert.Equal(2, log.Lines.Count);
    }

    [Fact]
    public void What_OpenTelemetry_only_remarks_is_not_said()
    {
        var log = new KeptLog();
        using var source = new Exporter();
        using var troubles = new ExportTroubles(new ManualTimeProvider(), log);
        source.Remark("A meter is not listened to.");
        Assert.DoesNotContain(log.Lines, line => line.Contains("A meter", StringComparison.Ordinal));
    }

    [EventSource(Name = "OpenTelemetry-Tests")]
    private sealed class Exporter : EventSource
    {
        [Event(1, Message = "{0}: {1}", Level = EventLevel.Error)]
        public void Failed(string endpoint, string error) => WriteEvent(1, endpoint, error);

        [Event(2, Message = "{0}", Level = EventLevel.Warning)]
        public void Remark(string text) => WriteEvent(2, text);
    }

    private sealed class KeptLog : ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
