using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>A stored value of the grain, injected into its constructor and read before <see cref="Grain.OnActivateAsync"/>.</summary>
public interface IPersistentState<TState> : IStorage<TState>;

/// <summary>Names the state and the store of a constructor parameter of type <see cref="IPersistentState{TState}"/>.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class PersistentStateAttribute : Attribute
{
    /// <summary>A state in a store.</summary>
    /// <param name="stateName">Name of the state, unique in the store for keys that may collide.</param>
    /// <param name="storageName">Key of the <see cref="Orleans.Storage.IGrainStorage"/> service; null for the unkeyed one.</param>
    public PersistentStateAttribute(string stateName, string? storageName = null)
    {
        ArgumentNullException.ThrowIfNull(stateName);
        StateName = stateName;
        StorageName = storageName;
    }

    /// <summary>Name of the state.</summary>
    public string StateName { get; }

    /// <summary>Key of the store.</summary>
    public string? StorageName { get; }
}
