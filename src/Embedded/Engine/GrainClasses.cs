using System.Reflection;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>Names grain classes to an engine; a host registers as many as it likes.</summary>
internal sealed record GrainClassSource(IReadOnlyList<Type> Types)
{
    internal static GrainClassSource Of(Assembly assembly) => new([.. assembly.GetTypes().Where(GrainClass.IsGrainClass)]);
}

/// <summary>The grain classes of an engine, by interface and by name. Building it checks them all.</summary>
internal sealed class GrainClasses
{
    private readonly Dictionary<Type, GrainClass> _byInterface = [];
    private readonly Dictionary<GrainType, GrainClass> _byName = [];

    public GrainClasses(IEnumerable<GrainClassSource> sources)
    {
        var types = sources.SelectMany(source => source.Types).Distinct().OrderBy(type => type.FullName, StringComparer.Ordinal);
        foreach (var type in types)
            Add(new(type));
    }

    internal int Count => _byName.Count;

    /// <exception cref="ArgumentException">No class implements the interface.</exception>
    internal GrainClass For(Type grainInterface) => _byInterface.GetValueOrDefault(grainInterface)
        ?? throw new ArgumentException($"No grain class of this engine implements {grainInterface}.", nameof(grainInterface));

    internal GrainClass? For(GrainType name) => _byName.GetValueOrDefault(name);

    private void Add(GrainClass grainClass)
    {
        if (!_byName.TryAdd(grainClass.GrainType, grainClass))
            throw TwoClasses($"are both named '{grainClass.GrainType}'", _byName[grainClass.GrainType], grainClass);
        foreach (var grainInterface in grainClass.Interfaces)
        {
            if (!_byInterface.TryAdd(grainInterface.Type, grainClass))
                throw TwoClasses($"both implement {grainInterface.Type}", _byInterface[grainInterface.Type], grainClass);
        }
    }

    private static OrleansConfigurationException TwoClasses(string what, GrainClass one, GrainClass other) =>
        new($"Grain classes {one.Type} and {other.Type} {what}; an interface and a name have one class each.");
}
