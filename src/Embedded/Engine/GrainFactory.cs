using Orleans;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>References to grains, for callers of one engine.</summary>
internal sealed class GrainFactory(GrainEngine engine) : IClusterClient
{
    public IServiceProvider ServiceProvider => engine.Services;

    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey =>
        grainClassNamePrefix is null
            ? (TGrainInterface)(object)engine.GetReference(typeof(TGrainInterface), primaryKey)
            : throw new NotSupportedException("An interface has one grain class here; a class name prefix means nothing.");

    public IGrain GetGrain(Type grainInterfaceType, string grainPrimaryKey) =>
        (IGrain)engine.GetReference(grainInterfaceType, grainPrimaryKey);

    public TGrainInterface GetGrain<TGrainInterface>(GrainId grainId)
        where TGrainInterface : IAddressable =>
        (TGrainInterface)(object)engine.GetReference(typeof(TGrainInterface), grainId);
}
