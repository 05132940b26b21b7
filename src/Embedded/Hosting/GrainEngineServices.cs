using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Orleans;

namespace FlashSale.Embedded;

/// <summary>
/// Registers an engine. What a simulation replaces is an ordinary service: <see cref="ITurnScheduler"/>, <see cref="TimeProvider"/>,
/// <see cref="IGrainLocator"/>, <see cref="IGrainTransport"/>.
/// </summary>
internal static class GrainEngineServices
{
    /// <summary>Adds an engine that nobody starts or stops; <c>UseOrleans</c> does that too.</summary>
    internal static IServiceCollection AddGrainEngine(this IServiceCollection services)
    {
        services.AddLogging();
        services.AddOptions();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ITurnScheduler, ThreadPoolTurnScheduler>();
        services.TryAddSingleton<IGrainLocator, LocalGrainLocator>();
        services.TryAddSingleton<IGrainTransport, DirectGrainTransport>();
        services.TryAddSingleton<GrainClasses>();
        services.TryAddSingleton<GrainEngine>();
        services.TryAddSingleton<IClusterClient>(provider => provider.GetRequiredService<GrainEngine>().Factory);
        services.TryAddSingleton<IGrainFactory>(provider => provider.GetRequiredService<GrainEngine>().Factory);
        return services;
    }

    /// <summary>The engine hosts every grain class of the assembly.</summary>
    internal static IServiceCollection AddGrains(this IServiceCollection services, Assembly assembly) =>
        services.AddSingleton(GrainClassSource.Of(assembly));

    /// <summary>The engine hosts these grain classes.</summary>
    internal static IServiceCollection AddGrains(this IServiceCollection services, params Type[] grainClasses) =>
        services.AddSingleton(new GrainClassSource(grainClasses));
}

/// <summary>Starts and stops the engine with its host.</summary>
internal sealed class GrainEngineHost(GrainEngine engine) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        engine.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);
}
