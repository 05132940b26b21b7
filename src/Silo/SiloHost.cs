using FlashSale.Gateway;
using FlashSale.Gateway.Health;
using FlashSale.Grains;
using FlashSale.Grains.Journal;

namespace FlashSale.Silo;

/// <summary>The host: wiring only. Silo and gateway in one process.</summary>
internal static class SiloHost
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

        var dataDirectory = builder.Configuration["FlashSale:DataDirectory"] is { Length: > 0 } configured ? configured : "./data";
        var demo = Demo.IsWanted(builder.Configuration);
        builder.Services.AddFlashSaleGateway(builder.Configuration, builder.Environment);
        builder.Services.AddSingleton<IHostStatus, HostStatus>();

        // Hosted services start in this order and stop in the reverse one: ledgers first, for everything stands on them.
        var store = await JournalStore.Open(dataDirectory, builder.Configuration.GetConnectionString("FlashSale"), TimeProvider.System);
        builder.Services.AddLedgers(store);
        builder.AddGrainEngine();
        builder.Services.AddKeeper();
        if (demo) builder.Services.AddHostedService<Demo>();

        var app = builder.Build();
        app.MapFlashSaleGateway();
        return app;
    }
}
