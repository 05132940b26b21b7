using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>A timer of a grain; disposing stops it.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Starts anew. During a tick it takes effect when the tick has ended.</summary>
    /// <param name="dueTime">Time to the next tick; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="period">Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> for a single tick.</param>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>How a grain timer behaves.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>A timer that neither interleaves nor keeps its grain alive.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; <see cref="Timeout.InfiniteTimeSpan"/> for none until changed.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> for a single tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether ticks may run while calls of the grain await. Default: false, a tick waits its turn like a call.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether ticks count as use, so that the grain is not collected as idle. Default: false.</summary>
    public bool KeepAlive { get; init; }
}
