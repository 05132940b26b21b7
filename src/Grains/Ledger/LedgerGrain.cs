using FlashSale.Contracts;
using Orleans;
using Orleans.Runtime;

namespace FlashSale.Grains.Ledger;

/// <summary>A grain that is the activation of one ledger: begins it as a follower, goes away when it is lost.</summary>
/// <param name="engine">This process's engine.</param>
/// <param name="kind">What the ledger is.</param>
internal abstract class LedgerGrain<TState, TCommand, TResult, TEvent>(LedgerEngine engine, LedgerKindOf<TState, TCommand, TResult, TEvent> kind) : Grain
    where TState : class
    where TEvent : class, IEvent
{
    /// <summary>This process's engine.</summary>
    protected LedgerEngine Engine { get; } = engine;

    /// <summary>This activation's view of the ledger; there from activation on, and no store was touched for it.</summary>
    protected Ledger<TState, TCommand, TResult, TEvent> Ledger { get; private set; } = null!;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        Ledger = new(Engine, kind, this.GetPrimaryKeyString(), OnLost);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Ledger?.Close();
        return Task.CompletedTask;
    }

    /// <summary>The ledger is lost: the next call is answered by another activation.</summary>
    protected virtual void OnLost() => DeactivateOnIdle();
}
