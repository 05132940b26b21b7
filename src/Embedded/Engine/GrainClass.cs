using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace FlashSale.Embedded;

/// <summary>A grain class: which interfaces it serves, and how it is constructed.</summary>
internal sealed class GrainClass
{
    private readonly (Type? StateType, PersistentStateAttribute? Names)[] _facets;
    private readonly ObjectFactory _factory;

    internal GrainClass(Type type)
    {
        Type = type;
        GrainType = GrainType.Create(NameOf(type));
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute), inherit: false);
        Interfaces = [.. type.GetInterfaces().Where(GrainInterface.IsGrainInterface).Select(GrainInterface.Of)];
        if (Interfaces.Length == 0)
            throw new OrleansConfigurationException($"Grain class {type} implements no grain interface.");
        if (type.IsGenericTypeDefinition)
            throw new OrleansConfigurationException($"Grain class {type} is generic, which this engine does not support.");
        var constructors = type.GetConstructors();
        if (constructors.Length != 1)
            throw new OrleansConfigurationException($"Grain class {type} must have exactly one public constructor.");
        var facets = constructors[0].GetParameters()
            .Where(parameter => parameter.IsDefined(typeof(PersistentStateAttribute)) || parameter.ParameterType == typeof(IGrainContext))
            .ToArray();
        _facets = [.. facets.Select(parameter => FacetOf(type, parameter))];
        _factory = ActivatorUtilities.CreateFactory(type, [.. facets.Select(parameter => parameter.ParameterType)]);
    }

    internal Type Type { get; }

    internal GrainType GrainType { get; }

    internal bool IsReentrant { get; }

    internal GrainInterface[] Interfaces { get; }

    internal static bool IsGrainClass(Type type) => type is { IsClass: true, IsAbstract: false } && typeof(IGrainBase).IsAssignableFrom(type);

    internal object Construct(Activation activation)
    {
        var arguments = _facets.Length == 0 ? [] : new object?[_facets.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            if (_facets[i] is not (Type stateType, { } names))
            {
                arguments[i] = activation;
                continue;
            }

            var state = PersistentState.Create(stateType, activation, names);
            activation.States.Add(state);
            arguments[i] = state;
        }

        return _factory(activation.ActivationServices, arguments);
    }

    private static (Type?, PersistentStateAttribute?) FacetOf(Type type, ParameterInfo parameter)
    {
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is not { } names)
            return (null, null);
        var facet = parameter.ParameterType;
        return facet.IsGenericType && facet.GetGenericTypeDefinition() == typeof(IPersistentState<>)
            ? (facet.GetGenericArguments()[0], names)
            : throw new OrleansConfigurationException($"Parameter '{parameter.Name}' of {type} must be an IPersistentState<T>.");
    }

    // Orleans' convention: the class name in lower case, without "Grain" at its end.
    private static string NameOf(Type type)
    {
#pragma warning disable CA1308 // Orleans' names are lower case.
        var name = type.Name.ToLowerInvariant();
#pragma warning restore CA1308
        return name.EndsWith("grain", StringComparison.Ordinal) && name.Length > 5 ? name[..^5] : name;
    }
}
