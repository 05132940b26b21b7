using Microsoft.Extensions.Logging;

namespace FlashSale.Simulation.Tests;

/// <summary>Logs of one process: into the history; what is critical is a bug and fails the run.</summary>
internal sealed class SimLog(Lane lane) : ILoggerFactory, ILogger
{
    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || lane.IsDead) return;
        var line = $"{lane.Name} {formatter(state, exception)} {exception?.GetType().Name}: {exception?.Message}";
        lane.Scheduler.Say(line);
        if (eventId.Name == "AheadOfTheClock") lane.Scheduler.Trace.Reach(Situations.LedgerAheadOfTheClock);
        if (logLevel == LogLevel.Critical) lane.Scheduler.Fail($"{line}\n{exception}");
    }

    public void Dispose()
    {
    }
}
