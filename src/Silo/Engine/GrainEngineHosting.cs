#if ORLEANS
using FlashSale.Silo.Engine.Cluster;
#else
using FlashSale.Grains;
#endif
using FlashSale.Grains.Journal;

namespace FlashSale.Silo.Engine;

/// <summary>
/// The one place that knows which engine runs the grains (MSBuild property <c>GrainEngine</c>). It needs the ledgers, or at least their clock, and is
/// added after them.
/// </summary>
internal static class GrainEngineHosting
{
#if ORLEANS
    /// <summary>Name and version, for the log and <c>/health/ready</c>.</summary>
    public static string Name => OrleansCluster.Name;

    /// <summary>A silo of its own on SQLite; on PostgreSQL a member or a client of the cluster that has formed there.</summary>
    /// <exception cref="JournalUnusableException">The database cannot be used for a cluster.</exception>
    public static async Task AddGrainEngine(this WebApplicationBuilder builder, ClusterSettings cluster, JournalStore store)
    {
        if (builder.Configuration.HasDatabase()) await builder.AddClusterOrleans(cluster, builder.Configuration.GetConnectionString("FlashSale")!);
        else builder.AddLocalOrleans(cluster, store);
    }

    /// <summary>One line about what the engine threw at its start, or null where it was not the engine.</summary>
    public static string? WhyNotStarted(Exception error, ClusterSettings cluster) => OrleansCluster.WhyNotStarted(error, cluster);

    /// <summary>Null where a process may have one role alone, else what it would need.</summary>
    public static string? WhyNoRoleAlone(IConfiguration configuration) =>
        configuration.HasDatabase() ? null : "a cluster: give it a database with ConnectionStrings__FlashSale";

    private static bool HasDatabase(this IConfiguration configuration) => !string.IsNullOrWhiteSpace(configuration.GetConnectionString("FlashSale"));
#else
    /// <summary>Name and version, for the log and <c>/health/ready</c>.</summary>
    public static string Name { get; } = "Embedded " + typeof(GrainsHosting).Assembly.GetName().Version!.ToString(2);

    /// <summary>Adds the single-process engine.</summary>
    public static Task AddGrainEngine(this WebApplicationBuilder builder, ClusterSettings cluster, JournalStore store)
    {
        _ = cluster;
        builder.Services.AddCatalogStorage(store);
        builder.UseOrleans(silo => FlashSale.Embedded.GrainEngineServices.AddGrains(silo.Services, typeof(GrainsHosting).Assembly));
        return Task.CompletedTask;
    }

    /// <summary>One line about what the engine threw at its start, or null where it was not the engine.</summary>
    public static string? WhyNotStarted(Exception error, ClusterSettings cluster)
    {
        _ = (error, cluster);
        return null;
    }

    /// <summary>Null where a process may have one role alone, else what it would need.</summary>
    public static string? WhyNoRoleAlone(IConfiguration configuration)
    {
        _ = configuration;
        return "the Orleans engine: build with -p:GrainEngine=Orleans";
    }
#endif
}
