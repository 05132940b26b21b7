using Orleans.Runtime;

namespace Orleans;

/// <summary>Makes references to grains. Making one costs an allocation and touches no grain.</summary>
public interface IGrainFactory
{
    /// <summary>The reference to the grain with this key.</summary>
    /// <param name="primaryKey">Key of the grain; not empty.</param>
    /// <param name="grainClassNamePrefix">Must be null here: an interface has exactly one grain class.</param>
    /// <exception cref="ArgumentException">No grain class implements the interface.</exception>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;

    /// <summary>The reference to the grain with this key, for an interface known at run time only.</summary>
    /// <exception cref="ArgumentException">No grain class implements the interface.</exception>
    IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey);

    /// <summary>The reference to a grain by its id.</summary>
    /// <exception cref="ArgumentException">No grain class implements the interface, or another type of grain than the id names.</exception>
    TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable;
}

/// <summary>The grain factory as code outside grains knows it.</summary>
public interface IClusterClient : IGrainFactory
{
    /// <summary>The services of the host.</summary>
    IServiceProvider ServiceProvider { get; }
}
