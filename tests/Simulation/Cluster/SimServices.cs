using Microsoft.Extensions.DependencyInjection;

namespace FlashSale.Simulation.Tests;

/// <summary>The services of one process. A real container compiles its call sites on the thread pool; this one only looks up.</summary>
internal sealed class SimServices : IKeyedServiceProvider
{
    private readonly Dictionary<(Type Type, object? Key), object> _services = [];

    public SimServices Add<T>(T service, object? key = null)
        where T : class
    {
        _services.Add((typeof(T), key), service);
        return this;
    }

    public object? GetService(Type serviceType) => GetKeyedService(serviceType, serviceKey: null);

    public object? GetKeyedService(Type serviceType, object? serviceKey) => _services.GetValueOrDefault((serviceType, serviceKey));

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) =>
        GetKeyedService(serviceType, serviceKey) ?? throw new InvalidOperationException($"There is no {serviceType}.");
}
