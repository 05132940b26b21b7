using FlashSale.Embedded;
using Orleans.Runtime;

namespace Orleans;

/// <summary>What every grain class implements, most of them by deriving from <see cref="Grain"/>.</summary>
public interface IGrainBase
{
    /// <summary>The activation that this grain belongs to.</summary>
    IGrainContext GrainContext { get; }

    /// <summary>Runs before the first request.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs after the last request.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}

/// <summary>What a grain can ask of its activation.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Ends the activation: after the current turn it starts no further request.</summary>
    public static void DeactivateOnIdle(this IGrainBase grain) => grain.GrainContext.Deactivate(
        new(DeactivationReasonCode.ApplicationRequested, $"{nameof(DeactivateOnIdle)} was called."));

    /// <summary>
    /// Calls back on the grain's turns until disposed or the activation ends. A tick never overlaps itself: the period counts from
    /// the end of one tick to the start of the next.
    /// </summary>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return grain.GrainContext is Activation activation
            ? activation.RegisterTimer(token => callback(state, token), options)
            : throw new InvalidOperationException("This grain was not created by a grain engine.");
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return RegisterGrainTimer(grain, static (callback, token) => callback(token), callback, options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return RegisterGrainTimer(grain, static (callback, _) => callback(), callback, options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        return RegisterGrainTimer(grain, (state, _) => callback(state), state, options);
    }

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(this IGrainBase grain, Func<Task> callback, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, new(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer(
        this IGrainBase grain, Func<CancellationToken, Task> callback, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, new(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, state, new(dueTime, period));

    /// <inheritdoc cref="RegisterGrainTimer{TState}(IGrainBase, Func{TState, CancellationToken, Task}, TState, GrainTimerCreationOptions)"/>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, TimeSpan dueTime, TimeSpan period) =>
        RegisterGrainTimer(grain, callback, state, new(dueTime, period));
}
