using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Core;
using Orleans.Runtime;
using Orleans.Storage;

namespace FlashSale.Embedded;

/// <summary>An injected state, as the activation knows it.</summary>
internal abstract class PersistentState : IStorage
{
    public abstract string? Etag { get; }

    public abstract bool RecordExists { get; }

    public abstract Task ReadStateAsync();

    public abstract Task WriteStateAsync();

    public abstract Task ClearStateAsync();

    /// <summary>The state for a constructor parameter <c>[PersistentState(name, store)] IPersistentState&lt;T&gt;</c>.</summary>
    internal static PersistentState Create(Type stateType, Activation activation, PersistentStateAttribute names)
    {
        var storage = string.IsNullOrWhiteSpace(names.StorageName)
            ? activation.ActivationServices.GetService<IGrainStorage>()
            : activation.ActivationServices.GetKeyedService<IGrainStorage>(names.StorageName);
        if (storage is null)
        {
            throw new OrleansConfigurationException(
                $"{activation.GrainId.Type} needs a grain storage named '{names.StorageName ?? "(default)"}', and none is registered.");
        }

        return (PersistentState)Activator.CreateInstance(
            typeof(PersistentState<>).MakeGenericType(stateType), names.StateName, activation.GrainId, storage)!;
    }
}

/// <summary>A stored value of one grain: what the store said last, and what the grain made of it.</summary>
internal sealed class PersistentState<T>(string name, GrainId grain, IGrainStorage storage) : PersistentState, IPersistentState<T>
{
    private readonly GrainState<T> _state = new(NewValue());

    public T State
    {
        get => _state.State!;
        set => _state.State = value;
    }

    public override string? Etag => _state.ETag;

    public override bool RecordExists => _state.RecordExists;

    public override Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

    public override Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

    public override Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

    public async Task ReadStateAsync(CancellationToken cancellationToken)
    {
        await storage.ReadStateAsync(name, grain, _state, cancellationToken);
        _state.State ??= NewValue();
    }

    public Task WriteStateAsync(CancellationToken cancellationToken) => storage.WriteStateAsync(name, grain, _state, cancellationToken);

    public async Task ClearStateAsync(CancellationToken cancellationToken)
    {
        await storage.ClearStateAsync(name, grain, _state, cancellationToken);
        _state.State ??= NewValue();
    }

    // As Orleans does: a state is never null, also when its class has no constructor without parameters.
    private static T NewValue()
    {
        var type = typeof(T);
        if (type.IsValueType)
            return default!;
        if (type.IsAbstract || type.IsArray || type == typeof(string))
            return default!;
        return type.GetConstructor(Type.EmptyTypes) is not null
            ? Activator.CreateInstance<T>()
            : (T)RuntimeHelpers.GetUninitializedObject(type);
    }
}
