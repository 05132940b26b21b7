#if ORLEANS
using System.Reflection;
using System.Text.Json;
using FlashSale.Grains;
using FlashSale.Grains.Catalog;
using FlashSale.Grains.Journal;
using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Serialization;
using Orleans.Storage;

namespace FlashSale.Silo.Engine;

/// <summary>Sets Orleans up: alone on this machine, or as a cluster whose members find each other in the journal's database.</summary>
internal static class OrleansCluster
{
    private const string Invariant = "Npgsql";
    private const string CatalogRows = "catalog-rows";

    /// <summary>The packages' version; the assemblies' own says less.</summary>
    public static string Name { get; } = "Orleans " + string.Concat(
        typeof(Grain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.TakeWhile(c => char.IsAsciiDigit(c) || c == '.')).Trim('.');

    /// <summary>One silo that nobody joins.</summary>
    public static void AddLocalOrleans(this WebApplicationBuilder builder, ClusterSettings settings, JournalStore store)
    {
        builder.Tell();
        builder.Quieten();
        builder.Services.AddCatalogStorage(store);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(settings.SiloPort, settings.GatewayPort, serviceId: settings.ServiceId, clusterId: settings.ClusterId));
    }

    /// <summary>A silo, or a client of silos, of the cluster in this database.</summary>
    /// <exception cref="JournalUnusableException">One line that says what to do.</exception>
    public static async Task AddClusterOrleans(this WebApplicationBuilder builder, ClusterSettings settings, string connectionString)
    {
        var database = await ClusterSchema.Open(connectionString);
        builder.Services.AddSingleton(_ => database);
        builder.Tell();
        builder.Quieten();
        if (settings.Roles.Silo) builder.UseOrleans(silo => Configure(silo, settings));
        else builder.UseOrleansClient(client => Configure(client, settings));
    }

    private static void Configure(ISiloBuilder silo, ClusterSettings settings)
    {
        silo.Configure<ClusterOptions>(options => Identify(options, settings));
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
        silo.Services.AddKeyedSingleton<IGrainStorage>("catalog", (provider, _) => new CatalogStorage(provider.GetRequiredKeyedService<IGrainStorage>(CatalogRows)));
        silo.AddAdoNetGrainStorage(CatalogRows, options => options.Configure<NpgsqlDataSource>((storage, database) =>
        {
            storage.Invariant = Invariant;
            storage.DataSource = database;
            storage.GrainStorageSerializer = new CatalogJson();
        }));
    }

    private static void Configure(IClientBuilder client, ClusterSettings settings)
    {
        client.Configure<ClusterOptions>(options => Identify(options, settings));
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(settings.SiloListSeconds));
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(settings.ResponseSeconds));
        client.UseAdoNetClustering(options => options.Configure<NpgsqlDataSource>((clustering, database) =>
        {
            clustering.Invariant = Invariant;
            clustering.DataSource = database;
        }));
        client.AddClusterConnectionStatusObserver<LinkObserver>();
        client.Services.AddSingleton<IClientConnectionRetryFilter>(provider =>
            new FirstSilo(provider.GetRequiredService<TimeProvider>(), TimeSpan.FromSeconds(settings.ConnectSeconds)));
    }

    // What goes wrong in a grain has causes of many types. One that Orleans may not write would reach the caller as a failure to write it.
    private static void Tell(this WebApplicationBuilder builder) =>
        builder.Services.Configure<ExceptionSerializationOptions>(options => options.SupportedExceptionTypeFilter = static _ => true);

    // Orleans writes hundreds of lines at a start, and two for each activation. First in the list, so that any setting of the host's wins.
    private static void Quieten(this WebApplicationBuilder builder) => builder.Services.Configure<LoggerFilterOptions>(logging =>
    {
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Orleans", LogLevel.Warning, null));
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Orleans.Runtime.MembershipService", LogLevel.Information, null));
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Polly", LogLevel.Warning, null));
    });

    private static void Identify(ClusterOptions options, ClusterSettings settings)
    {
        options.ClusterId = settings.ClusterId;
        options.ServiceId = settings.ServiceId;
    }

    private static void Judge(ClusterMembershipOptions options, MembershipSettings settings)
    {
        options.ProbeTimeout = TimeSpan.FromSeconds(settings.ProbeTimeoutSeconds);
        options.MinProbeTimeout = TimeSpan.FromSeconds(settings.MinProbeTimeoutSeconds);
        options.MaxProbeTimeout = TimeSpan.FromSeconds(settings.MaxProbeTimeoutSeconds);
        options.NumMissedProbesLimit = settings.NumMissedProbesLimit;
        options.NumVotesForDeathDeclaration = settings.NumVotesForDeathDeclaration;
        options.TableRefreshTimeout = TimeSpan.FromSeconds(settings.TableRefreshTimeoutSeconds);
        options.EnableConnectionLivenessCheck = settings.EnableConnectionLivenessCheck;
    }

    /// <summary>Processes of a deployment start in any order: a gateway waits for the first silo.</summary>
    private sealed class FirstSilo(TimeProvider time, TimeSpan patience) : IClientConnectionRetryFilter
    {
        private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
        private readonly long _startedAt = time.GetTimestamp();

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            if (time.GetElapsedTime(_startedAt) >= patience) return false;
            await Task.Delay(Pause, time, cancellationToken);
            return true;
        }
    }

    private sealed class LinkObserver(ClusterLink link) : IClusterConnectionStatusObserver
    {
        public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered) =>
            link.IsUp = currentNumberOfGateways > 0;

        public void NotifyClusterConnectionLost() => link.IsUp = false;
    }

    /// <summary>A store that cannot be reached is no bug: what ADO.NET throws becomes what callers of grains know.</summary>
    private sealed class CatalogStorage(IGrainStorage rows) : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            StoreFailures.Translated(rows.ReadStateAsync(stateName, grainId, grainState));

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            StoreFailures.Translated(rows.WriteStateAsync(stateName, grainId, grainState));

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
            StoreFailures.Translated(rows.ClearStateAsync(stateName, grainId, grainState));
    }

    /// <summary>The same documents as those of the embedded engine, so that a database can pass from one engine to the other.</summary>
    private sealed class CatalogJson : IGrainStorageSerializer
    {
        public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, JournalGrainStorage.Json));

        public T? Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input, JournalGrainStorage.Json);
    }
}
#endif
