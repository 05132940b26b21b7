using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace FlashSale.Embedded;

internal sealed partial class GrainEngine
{
    private readonly LogPace _activationPace;
    private readonly LogPace _timerPace;

    internal void ActivationFailed(Exception exception, GrainId grain)
    {
        if (_activationPace.MaySay(out var unsaid))
            LogActivationFailed(exception, grain, unsaid);
    }

    internal void TimerFailed(Exception exception, GrainId grain)
    {
        if (_timerPace.MaySay(out var unsaid))
            LogTimerFailed(exception, grain, unsaid);
    }

    [LoggerMessage(1, LogLevel.Information, "Embedded grain engine {Engine} started with {Classes} grain classes")]
    private partial void LogStarted(string engine, int classes);

    [LoggerMessage(2, LogLevel.Warning, "Embedded grain engine {Engine} stopped before {Grains} grains were deactivated")]
    private partial void LogStopTimedOut(string engine, int grains);

    [LoggerMessage(3, LogLevel.Warning, "Grain {Grain} could not be activated (and {Unsaid} others before it)")]
    private partial void LogActivationFailed(Exception exception, GrainId grain, int unsaid);

    [LoggerMessage(4, LogLevel.Warning, "Grain {Grain} failed while it was deactivated")]
    internal partial void LogDeactivationFailed(Exception exception, GrainId grain);

    [LoggerMessage(5, LogLevel.Warning, "Grain {Grain} is deactivated although requests still run")]
    internal partial void LogDrainTimedOut(GrainId grain);

    [LoggerMessage(6, LogLevel.Warning, "Grain {Grain} took too long to deactivate; a successor may start")]
    internal partial void LogDeactivationTimedOut(GrainId grain);

    [LoggerMessage(7, LogLevel.Warning, "A timer of grain {Grain} failed (and {Unsaid} others before it)")]
    private partial void LogTimerFailed(Exception exception, GrainId grain, int unsaid);

    [LoggerMessage(8, LogLevel.Critical, "A turn of grain {Grain} failed inside the engine")]
    internal partial void LogTurnFailed(Exception exception, GrainId grain);
}
