using FlashSale.Gateway.Board;
using FlashSale.Gateway.Events;
using FlashSale.Gateway.Health;
using FlashSale.Gateway.Http;
using FlashSale.Gateway.OpenApi;
using FlashSale.Gateway.Operators;
using FlashSale.Gateway.Purchase;
using FlashSale.Gateway.Sessions;
using FlashSale.Gateway.Shoppers;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace FlashSale.Gateway;

/// <summary>How a host takes the gateway in.</summary>
/// <remarks>The host provides <c>IGrainFactory</c>, <see cref="Contracts.ILedgerClock"/>, <see cref="TimeProvider"/> and <see cref="IHostStatus"/>.</remarks>
public static partial class GatewayHosting
{
    /// <summary>Reads and checks all settings and registers the gateway, the bounds of Kestrel among it.</summary>
    /// <exception cref="GatewayConfigurationException">A setting is missing or wrong; the message is for whoever starts the host.</exception>
    public static IServiceCollection AddFlashSaleGateway(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var options = GatewayOptions.Read(configuration, environment);
        services.AddSingleton(options);
        services.AddSingleton(options.Stock);
        services.AddSingleton(options.Boards);
        services.AddSingleton(GatewayKeys.Read(configuration, environment, options));
        services.AddSingleton<SessionTokens>();
        services.AddMetrics();
        services.AddSingleton<PurchaseInstruments>();
        services.AddSingleton<HttpInstruments>();
        services.AddSingleton<BoardInstruments>();
        services.AddSingleton<EventInstruments>();
        services.AddSingleton<StockClient>();
        services.AddSingleton<BoardCache>();
        services.AddSingleton<CampaignList>();
        services.AddSingleton<PurchaseFlow>();
        services.AddSingleton<CampaignCounters>();
        services.AddSingleton(s => new ShopperRate(s.GetRequiredService<TimeProvider>(), options.ShopperPermitsPerSecond, options.ShopperBurst));
        services.AddSingleton(s => new AddressRate(s.GetRequiredService<TimeProvider>(), options.SessionPermitsPerSecond, options.SessionBurst));
        services.AddSingleton(s => new PurchaseLimit(options.Load, options.Http, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<HttpInstruments>()));
        services.AddSingleton<RequestTraces>();
        services.AddSingleton<Stages>();
        services.AddSingleton<EventHub>();
        services.AddSingleton<EventEndpoints>();
        services.AddSingleton<OpenApiEndpoints>();
        services.AddSingleton<SessionEndpoints>();
        services.AddSingleton<CampaignEndpoints>();
        services.AddSingleton<HoldEndpoints>();
        services.AddSingleton<SkuEndpoints>();
        services.AddSingleton<CampaignAdminEndpoints>();
        services.AddSingleton<SupportEndpoints>();
        services.AddSingleton<HealthEndpoints>();
        services.AddHostedService<Drain>();
        services.AddRoutingCore();
        services.AddCrossOrigin(options.Cors);
        services.Configure<KestrelServerOptions>(kestrel => ServerBounds.Set(kestrel, options.Http));
        return services.Quieten();
    }

    /// <summary>For a process without the gateway: <c>/health</c> alone, within the same bounds of Kestrel.</summary>
    /// <exception cref="GatewayConfigurationException">A setting is wrong.</exception>
    public static IServiceCollection AddHealth(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var options = GatewayOptions.Read(configuration, environment);
        services.AddSingleton<HealthEndpoints>();
        services.AddRoutingCore();
        services.Configure<KestrelServerOptions>(kestrel => ServerBounds.Set(kestrel, options.Http));
        return services.Quieten();
    }

    /// <summary>Maps <c>/health</c>; all else is answered as a route that does not exist.</summary>
    public static WebApplication MapHealth(this WebApplication app)
    {
        app.Use(next => http => RouteErrors.Run(http, next));
        app.Services.GetRequiredService<HealthEndpoints>().Map(app);
        return app;
    }

    /// <summary>Maps all calls of API.md that this version knows.</summary>
    public static WebApplication MapFlashSaleGateway(this WebApplication app)
    {
        var services = app.Services;
        var traces = services.GetRequiredService<RequestTraces>();
        app.UseProxies(services.GetRequiredService<GatewayOptions>().Proxies);
        app.UseCrossOrigin(services.GetRequiredService<GatewayOptions>().Cors);
        app.Use(next => http => traces.Run(http, next));
        Drain.CloseConnections(app);
        app.Use(next => http => RouteErrors.Run(http, next));
        var stages = services.GetRequiredService<Stages>();
        services.GetRequiredService<HealthEndpoints>().Map(app);
        services.GetRequiredService<SessionEndpoints>().Map(app, stages);
        services.GetRequiredService<CampaignEndpoints>().Map(app, stages);
        services.GetRequiredService<EventEndpoints>().Map(app, stages);
        services.GetRequiredService<HoldEndpoints>().Map(app, stages);
        services.GetRequiredService<SkuEndpoints>().Map(app, stages);
        services.GetRequiredService<CampaignAdminEndpoints>().Map(app, stages);
        services.GetRequiredService<SupportEndpoints>().Map(app, stages);
        services.GetRequiredService<OpenApiEndpoints>().Map(app, stages);

        services.GetRequiredService<BoardInstruments>(); // They are asked, never called, so nobody else makes them.
        services.GetRequiredService<EventInstruments>();
        app.Lifetime.ApplicationStopping.Register(services.GetRequiredService<EventHub>().Stop);
        if (services.GetRequiredService<GatewayKeys>() is { AdminKeyFile: { } file } keys)
            LogAdminKey(services.GetRequiredService<ILoggerFactory>().CreateLogger("FlashSale.Gateway"), keys.AdminKey, file);
        return app;
    }

    // First in the list, so that any setting of the host's wins.
    private static IServiceCollection Quieten(this IServiceCollection services) => services.Configure<LoggerFilterOptions>(logging =>
    {
        // ASP.NET writes two lines a request at Information.
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.AspNetCore", LogLevel.Warning, null));
        // What this category could log at all makes ASP.NET begin a span and a log scope for each request, listened to or not. It logs nothing that is missed.
        logging.Rules.Insert(0, new LoggerFilterRule(null, "Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None, null));
    });

    [LoggerMessage(1, LogLevel.Information, "Operators' key of this development host: {Key} (kept in {File})")]
    private static partial void LogAdminKey(ILogger logger, string key, string file);
}
