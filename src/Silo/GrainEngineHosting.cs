using FlashSale.Grains;

namespace FlashSale.Silo;

/// <summary>The one file that knows which engine runs the grains (MSBuild property <c>GrainEngine</c>).</summary>
internal static class GrainEngineHosting
{
#if ORLEANS
    /// <summary>Name and version, for the log and <c>/health/ready</c>.</summary>
    public static string Name { get; } = "Orleans " + typeof(Orleans.Grain).Assembly.GetName().Version?.ToString(3);

    /// <summary>Adds a silo that forms a cluster of its own; several processes come with the PostgreSQL journal.</summary>
    public static void AddGrainEngine(this WebApplicationBuilder builder) => builder.UseOrleans(silo => silo.UseLocalhostClustering());
#else
    /// <summary>Name and version, for the log and <c>/health/ready</c>.</summary>
    public static string Name { get; } = "Embedded " + typeof(GrainsHosting).Assembly.GetName().Version!.ToString(2);

    /// <summary>Adds the single-process engine.</summary>
    public static void AddGrainEngine(this WebApplicationBuilder builder) =>
        builder.UseOrleans(silo => FlashSale.Embedded.GrainEngineServices.AddGrains(silo.Services, typeof(GrainsHosting).Assembly));
#endif
}
