using System.Net;
using System.Net.Sockets;
using System.Reflection;
using FlashSale.Gateway;
using FlashSale.Grains;
using FlashSale.Grains.Journal;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;
using Orleans.Serialization;
using Orleans.Storage;

namespace FlashSale.Silo.Engine.Cluster;

/// <summary>Sets Orleans up: alone on this machine, or as a cluster whose members find each other in the journal's database.</summary>
internal static class OrleansCluster
{
    /// <summary>Orleans' name for PostgreSQL.</summary>
    public const string Invariant = "Npgsql";

    private const string CatalogRows = "catalog-rows";

    /// <summary>The packages' version; the assemblies' own says less.</summary>
    public static string Name { get; } = "Orleans " + string.Concat(
        typeof(Grain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).Trim('.');

    /// <summary>One silo that nobody joins.</summary>
    /// <exception cref="GatewayConfigurationException">A port is taken.</exception>
    public static void AddLocalOrleans(this WebApplicationBuilder builder, ClusterSettings settings, JournalStore store)
    {
        CheckPorts(settings with { Address = IPAddress.Loopback });
        builder.Services.Configure<ExceptionSerializationOptions>(Tell);
        builder.Quieten();
        builder.Services.AddCatalogStorage(store);
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, serviceId: settings.ServiceId, clusterId: settings.ClusterId)
            .AddTraces());
    }

    /// <summary>A silo, or a client of silos, of the cluster in this database.</summary>
    /// <exception cref="GatewayConfigurationException">A port is taken, or the address is not this machine's.</exception>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public static async Task AddClusterOrleans(this WebApplicationBuilder builder, ClusterSettings settings, string connectionString)
    {
        if (settings.Roles.Silo) CheckPorts(settings);
        var database = await ClusterSchema.Open(connectionString);
        builder.Services.AddSingleton(_ => database);
        builder.Services.Configure<ExceptionSerializationOptions>(Tell);
        builder.Quieten();
        builder.Services.Configure<ClusterOptions>(options =>
        {
            options.ClusterId = settings.ClusterId;
            options.ServiceId = settings.ServiceId;
        });
        if (settings.Roles.Silo) builder.UseOrleans(silo => Configure(silo, settings));
        else builder.UseOrleansClient(client => client.Configure(settings));
    }

    /// <summary>What whoever starts the process can do about it, or null where the failure is not the cluster's.</summary>
    public static string? WhyNotStarted(Exception error, ClusterSettings settings) => error switch
    {
        SiloUnavailableException or ConnectionFailedException =>
            $"No silo of cluster {settings.ClusterId} answers: start one, or correct FlashSale__Cluster__ClusterId or the connection string.",
        OrleansException or OrleansConfigurationException => $"The cluster cannot be joined: {error.Message.ReplaceLineEndings(" ")}",
        _ => null,
    };

    /// <summary>What goes wrong in a grain has causes of many types. One that Orleans may not write would reach the caller as a failure to write it.</summary>
    public static void Tell(ExceptionSerializationOptions options) => options.SupportedExceptionTypeFilter = static _ => true;

    private static void Configure(ISiloBuilder silo, ClusterSettings settings)
    {
        silo.AddTraces();
        silo.Configure<EndpointOptions>(options =>
        {
            if (settings.Address is { } address) options.AdvertisedIPAddress = address;
            options.SiloPort = settings.SiloPort;
            options.GatewayPort = settings.GatewayPort;
        });
        silo.Configure<ClusterMembershipOptions>(options => Judge(options, settings.Membership));
        silo.UseAdoNetClustering(options => options.Configure<NpgsqlDataSource>((clustering, database) =>
        {
            clustering.Invariant = Invariant;
            clustering.DataSource = database;
        }));
        silo.AddAdoNetGrainStorage(CatalogRows, options => options.Configure<NpgsqlDataSource>((storage, database) =>
        {
            storage.Invariant = Invariant;
            storage.DataSource = database;
            storage.GrainStorageSerializer = new CatalogJson();
        }));
        silo.Services.AddKeyedSingleton<IGrainStorage>("catalog", (provider, _) => new CatalogStorage(provider.GetRequiredKeyedService<IGrainStorage>(CatalogRows)));
    }

    private static void Judge(ClusterMembershipOptions options, MembershipSettings settings)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(settings.ProbeTimeoutSeconds);
        options.MinProbeTimeout = TimeSpan.FromSeconds(settings.MinProbeTimeoutSeconds);
        options.MaxProbeTimeout = TimeSpan.FromSeconds(settings.MaxProbeTimeoutSeconds);
        options.NumMissedProbesLimit = settings.NumMissedProbesLimit;
        options.NumVotesForDeathDeclaration = settings.NumVotesForDeathDeclaration;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(settings.TableRefreshTimeoutSeconds);
        options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(settings.IAmAliveTablePublishTimeoutSeconds);
        options.EnableConnectionLivenessCheck = settings.EnableConnectionLivenessCheck;
    }

    // Orleans shares a port with whoever listens there, and the newer of two silos at one address ends the older: a mistake must not do that.
    private static void CheckPorts(ClusterSettings settings)
    {
        foreach (var (key, port) in new[] { ("SiloPort", settings.SiloPort), ("GatewayPort", settings.GatewayPort) })
        {
            try
            {
                using var listener = new TcpListener(settings.Address ?? IPAddress.Any, port);
                listener.Start();
            }
            catch (SocketException error)
            {
                throw new GatewayConfigurationException(
                    $"Port {port} of {settings.Address ?? IPAddress.Any} cannot be had for the cluster ({error.Message}): set FlashSale__Cluster__{key} to a free "
                    + "port, and FlashSale__Cluster__Address to an address of this machine.",
                    error);
            }
        }
    }

    // Orleans writes hundreds of lines at a start, and two for each activation. First in the list, so that any setting of the host's wins.
    private static void Quieten(this WebApplicationBuilder builder) => builder.Services.Configure<LoggerFilterOptions>(logging =>
    {
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Orleans", LogLevel.Warning, null));
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Orleans.Runtime.MembershipService", LogLevel.Information, null));
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Polly", LogLevel.Warning, null));
    });
}
