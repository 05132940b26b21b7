using FlashSale.Gateway;
using FlashSale.Gateway.Health;
using FlashSale.Grains;
using FlashSale.Grains.Journal;
using FlashSale.Silo.Engine;
using FlashSale.Silo.Telemetry;

namespace FlashSale.Silo;

/// <summary>The host: wiring only. Silo and gateway in one process, or one of them where several processes form a cluster.</summary>
internal static partial class SiloHost
{
    /// <summary>Where to listen unless told otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8080";

    /// <summary>A stop may take 30 s in all, draining included; the host leaves some of it to the process.</summary>
    private static readonly TimeSpan StopMost = TimeSpan.FromSeconds(25);

    /// <summary>Puts the parts together and opens the store; nothing runs yet.</summary>
    /// <param name="args">Standard .NET configuration: <c>--urls</c>, <c>--FlashSale:DataDirectory</c>, and so on.</param>
    /// <exception cref="GatewayConfigurationException">A setting is missing or wrong.</exception>
    /// <exception cref="JournalUnusableException">The store cannot be used.</exception>
    public static async Task<WebApplication> Build(string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        if (string.IsNullOrEmpty(builder.Configuration["urls"])) builder.WebHost.UseUrls(DefaultUrl);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopMost);
        // The host writes a stack trace of what Program says in one line.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        builder.Services.AddSingleton(TimeProvider.System);

        var demo = Demo.IsWanted(builder.Configuration);
        var telemetry = TelemetryOptions.Read(builder.Configuration);
        builder.Services.AddSingleton(telemetry);
        if (telemetry.Endpoint is not null) builder.Services.AddHostedService<TelemetryExport>(); // First to start and last to stop, so that nothing is missed.
        var cluster = ClusterSettings.Read(builder.Configuration);
        var roles = cluster.Roles;
        builder.Services.AddSingleton(cluster);
        builder.Services.AddSingleton<ClusterLink>();
        if (roles.Gateway) builder.Services.AddFlashSaleGateway(builder.Configuration, builder.Environment);
        else builder.Services.AddHealth(builder.Configuration, builder.Environment);
        builder.Services.AddSingleton<IHostStatus, HostStatus>();

        // Hosted services start in this order and stop in the reverse one: ledgers first, for everything stands on them.
        var store = await JournalStore.Open(DataDirectory(builder.Configuration), builder.Configuration.GetConnectionString("FlashSale"), TimeProvider.System);
        if (roles.Silo) builder.Services.AddLedgers(store);
        else builder.Services.AddLedgerClock(store);
        await builder.AddGrainEngine(cluster, store);
        if (roles.Silo) builder.Services.AddKeeper();
        if (demo) builder.Services.AddHostedService<Demo>();

        var app = builder.Build();
        app.Lifetime.ApplicationStarted.Register(() => SayStarted(app, telemetry));
        return roles.Gateway ? app.MapFlashSaleGateway() : app.MapHealth();
    }

    /// <summary>Where SQLite's files are, unless a connection string is given.</summary>
    public static string DataDirectory(IConfiguration configuration) =>
        configuration["FlashSale:DataDirectory"] is { Length: > 0 } configured ? configured : "./data";

    private static void SayStarted(WebApplication app, TelemetryOptions telemetry)
    {
        var status = app.Services.GetRequiredService<IHostStatus>();
        LogStarted(
            app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("FlashSale"),
            typeof(SiloHost).Assembly.GetName().Version!.ToString(2),
            string.Join(", ", app.Urls),
            status.Engine,
            status.Store,
            string.Join(", ", status.Roles),
            telemetry.Endpoint?.ToString() ?? "nowhere");
    }

    [LoggerMessage(1, LogLevel.Information, "FlashSale {Version} serves at {Urls}. Engine: {Engine}. Store: {Store}. Roles: {Roles}. Telemetry goes to {Telemetry}.")]
    private static partial void LogStarted(ILogger log, string version, string urls, string engine, string store, string roles, string telemetry);
}
