using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;

namespace Orleans.Hosting
{
    /// <summary>Where a host sets up its grain engine.</summary>
    public interface ISiloBuilder
    {
        /// <summary>The services of the host.</summary>
        IServiceCollection Services { get; }

        /// <summary>The configuration of the host.</summary>
        IConfiguration Configuration { get; }
    }
}

namespace Microsoft.Extensions.Hosting
{
    using FlashSale.Embedded;

    /// <summary>Puts a grain engine into a host.</summary>
    public static class OrleansSiloGenericHostExtensions
    {
        /// <summary>Adds the engine, and starts and stops it with the host.</summary>
        public static IHostApplicationBuilder UseOrleans(this IHostApplicationBuilder hostAppBuilder, Action<ISiloBuilder> configureDelegate)
        {
            ArgumentNullException.ThrowIfNull(hostAppBuilder);
            ArgumentNullException.ThrowIfNull(configureDelegate);
            hostAppBuilder.Services.AddGrainEngine();
            if (!hostAppBuilder.Services.Any(service => service.ImplementationType == typeof(GrainEngineHost)))
                hostAppBuilder.Services.AddHostedService<GrainEngineHost>();
            configureDelegate(new SiloBuilder(hostAppBuilder.Services, hostAppBuilder.Configuration));
            return hostAppBuilder;
        }
    }
}

namespace FlashSale.Embedded
{
    internal sealed record SiloBuilder(IServiceCollection Services, IConfiguration Configuration) : ISiloBuilder;
}
