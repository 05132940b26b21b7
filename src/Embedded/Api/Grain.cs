using System.Diagnostics.CodeAnalysis;
using FlashSale.Embedded;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base class of grains.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>A grain of the activation whose turn it is; without a context when constructed elsewhere, as in a unit test.</summary>
    protected Grain() => GrainContext = Mailbox.CurrentActivation;

    /// <summary>The activation that this grain belongs to.</summary>
    [AllowNull]
    public IGrainContext GrainContext { get; }

    /// <summary>The grain id as text.</summary>
    public string IdentityString => GrainContext.GrainId.ToString();

    /// <summary>Makes references to other grains.</summary>
    protected IGrainFactory GrainFactory => Activation.Engine.Factory;

    /// <summary>The services of the host.</summary>
    protected internal IServiceProvider ServiceProvider => GrainContext.ActivationServices;

    private Activation Activation => GrainContext as Activation
        ?? throw new InvalidOperationException("This grain was not created by a grain engine.");

    /// <summary>Runs before the first request. A failure fails the requests that wait; the next one tries anew.</summary>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last request. Not called when the process dies.</summary>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation: after the current turn it starts no further request.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps this activation from being collected as idle for the given time from now.</summary>
    /// <param name="timeSpan">A negative value takes an earlier delay back; <see cref="Timeout.InfiniteTimeSpan"/> and <see cref="TimeSpan.MaxValue"/> last for ever.</param>
    protected void DelayDeactivation(TimeSpan timeSpan) => Activation.DelayDeactivation(timeSpan);
}
