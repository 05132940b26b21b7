using Npgsql;
using Orleans;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;

namespace FlashSale.Silo.Engine.Cluster;

/// <summary>A process of the role gateway alone: it runs no grains and calls those of the silos.</summary>
internal static class OrleansClient
{
    public static void Configure(this IClientBuilder client, ClusterSettings settings)
    {
        client.AddTraces();
        client.Configure<GatewayOptions>(options => options.GatewayListRefreshPeriod = TimeSpan.FromSeconds(settings.SiloListSeconds));
        client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = TimeSpan.FromSeconds(settings.ResponseSeconds));
        client.UseAdoNetClustering(options => options.Configure<NpgsqlDataSource>((clustering, database) =>
        {
            clustering.Invariant = OrleansCluster.Invariant;
            clustering.DataSource = database;
        }));
        client.Services.AddSingleton<IClientConnectionRetryFilter>(provider =>
            new FirstSilo(provider.GetRequiredService<TimeProvider>(), TimeSpan.FromSeconds(settings.ConnectSeconds)));
        client.AddClusterConnectionStatusObserver<LinkObserver>();
        client.Services.AddHostedService<LinkMender>();
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

    /// <summary>A client connects when it is called, and nobody calls a process that says that it is not ready. So while the link is down, this does.</summary>
    private sealed class LinkMender(ClusterLink link, IGrainFactory grains, TimeProvider time) : BackgroundService
    {
        private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            using var timer = new PeriodicTimer(Every, time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (!link.IsUp) await Try();
            }
        }

        private async Task Try()
        {
            try
            {
                await grains.GetGrain<IManagementGrain>(0).GetTotalActivationCount();
                link.IsUp = true;
            }
            catch (Exception)
            {
                // No silo is there yet.
            }
        }
    }
}
