namespace Orleans.Runtime;

/// <summary>One activation of a grain, as the grain sees it.</summary>
public interface IGrainContext : IEquatable<IGrainContext>
{
    /// <summary>The grain that is activated.</summary>
    GrainId GrainId { get; }

    /// <summary>The grain object; null while it is being constructed.</summary>
    object? GrainInstance { get; }

    /// <summary>The services of the host.</summary>
    IServiceProvider ActivationServices { get; }

    /// <summary>Completes when the activation has ended.</summary>
    Task Deactivated { get; }

    /// <summary>Ends the activation: no further request starts, running ones finish, then <see cref="IGrainBase.OnDeactivateAsync"/> runs.</summary>
    void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
}
