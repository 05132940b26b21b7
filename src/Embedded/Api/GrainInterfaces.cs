namespace Orleans.Runtime
{
    /// <summary>Anything that has a grain id: a grain or a reference to one.</summary>
    public interface IAddressable;
}

namespace Orleans
{
    using Orleans.Runtime;

    /// <summary>Marker of grain interfaces.</summary>
    public interface IGrain : IAddressable;

    /// <summary>Marker of grain interfaces whose grains are keyed by a string.</summary>
    public interface IGrainWithStringKey : IGrain;
}
