using System.Security.Cryptography;
using FlashSale.Contracts;
using FlashSale.Grains.Audit;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Catalog;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Storage;

namespace FlashSale.Grains;

/// <summary>What the grains need from their host.</summary>
internal static class GrainsHosting
{
    /// <summary>The ledger engine on a store, and everything that the grains take from the services. Call it before the grain engine is added.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="store">Opened; the services close it.</param>
    public static IServiceCollection AddLedgers(this IServiceCollection services, JournalStore store)
    {
        services.AddSingleton(_ => store.Journal);
        services.AddSingleton(provider => store.Auditor(provider.GetRequiredService<ILedgerClock>()));
        services.AddSingleton(provider => new LedgerEngine(
            provider.GetRequiredService<IJournal>(),
            provider.GetRequiredService<TimeProvider>(),
            Jitter,
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<LedgerInstruments>()));
        services.AddMetrics();
        services.AddSingleton<LedgerInstruments>();
        services.AddSingleton<StoreWatch>();
        services.AddSingleton<ILedgerClock>(provider => provider.GetRequiredService<LedgerEngine>().Clock);
        return services.AddHostedService<LedgerHost>();
    }

    /// <summary>The catalogue's grain storage, in the same store.</summary>
    public static IServiceCollection AddCatalogStorage(this IServiceCollection services, JournalStore store) =>
        services.AddKeyedSingleton<IGrainStorage>("catalog", (_, _) => new JournalGrainStorage(store.States));

    /// <summary>The ledger clock alone, for a process without ledgers: its time is the store's too.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="store">Opened; the services close it.</param>
    public static IServiceCollection AddLedgerClock(this IServiceCollection services, JournalStore store)
    {
        services.AddSingleton(_ => store.Journal);
        services.AddSingleton<StoreHealth>();
        services.AddSingleton<LedgerClock>();
        services.AddSingleton<ILedgerClock>(provider => provider.GetRequiredService<LedgerClock>());
        return services.AddHostedService<ClockHost>();
    }

    /// <summary>The keeper. Call it after the grain engine was added: it calls grains.</summary>
    public static IServiceCollection AddKeeper(this IServiceCollection services)
    {
        services.AddSingleton<KeeperInstruments>();
        services.AddSingleton(provider =>
        {
            var instruments = provider.GetRequiredService<KeeperInstruments>();
            var keeper = new Keeper(
                provider.GetRequiredService<LedgerEngine>(),
                provider.GetRequiredService<IGrainFactory>(),
                $"{Environment.MachineName}/{Environment.ProcessId}/{RandomNumberGenerator.GetHexString(8)}",
                provider.GetRequiredService<ILogger<Keeper>>(),
                instruments);
            instruments.Observe(keeper);
            return keeper;
        });
        return services.AddHostedService<KeeperHost>();
    }

    private static double Jitter() => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);

    private sealed class LedgerHost(LedgerEngine engine, StoreWatch watch, IHostApplicationLifetime lifetime) : IHostedService, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();
        private Task _watching = Task.CompletedTask;

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            engine.Failed = () =>
            {
                Environment.ExitCode = 1;
                lifetime.StopApplication();
            };
            await engine.Start();
            await watch.Look(); // So that the first answer to /health/ready is true already.
            _watching = watch.Run(_stopping.Token);
        }

        public async Task StopAsync(CancellationToken cancellationToken)
        {
            await _stopping.CancelAsync();
            await _watching.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // A look at a store that hangs must not take the stop's time.
            await engine.Stop();
        }

        public void Dispose() => _stopping.Dispose();
    }

    private sealed class ClockHost(LedgerClock clock) : BackgroundService
    {
        public override async Task StartAsync(CancellationToken cancellationToken)
        {
            await clock.Start();
            await base.StartAsync(cancellationToken);
        }

        protected override Task ExecuteAsync(CancellationToken stoppingToken) => clock.Run(stoppingToken);
    }

    private sealed class KeeperHost(Keeper keeper) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => keeper.Run(stoppingToken);
    }
}
