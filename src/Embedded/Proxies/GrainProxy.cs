using System.Runtime.CompilerServices;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>The result of a method that returns none.</summary>
internal readonly struct Nothing;

/// <summary>Base of the emitted grain references: one method per shape of return value.</summary>
internal abstract class GrainProxy(GrainEngine engine, GrainId grain, GrainInterface grainInterface) : GrainReference(grain)
{
    private readonly GrainMethod[] _methods = grainInterface.Methods;

    internal GrainEngine Engine { get; } = engine;

    /// <summary>Where the last call through this reference went, if to this engine; only a hint.</summary>
    internal Mailbox? Mailbox { get; set; }

    /// <summary>For Task and Task&lt;T&gt;.</summary>
    protected Task<TResult> Call<TArgs, TResult>(int slot, TArgs args) =>
        Engine.Call(this, Unsafe.As<GrainMethod<TArgs, TResult>>(_methods[slot]), args);

    /// <summary>For ValueTask&lt;T&gt;.</summary>
    protected ValueTask<TResult> CallValue<TArgs, TResult>(int slot, TArgs args) => new(Call<TArgs, TResult>(slot, args));

    /// <summary>For ValueTask.</summary>
    protected ValueTask CallValueless<TArgs, TResult>(int slot, TArgs args) => new(Call<TArgs, TResult>(slot, args));
}
