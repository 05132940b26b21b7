using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Orleans;

namespace FlashSale.Crash.Tests.Failpoints;

/// <summary>
/// The product, with a journal that can be stopped at a named point. This assembly is started as a program: points are set by lines on
/// its standard input (see <see cref="Failpoint"/>), or at its start by the setting <c>Failpoint</c>. <c>SnapshotEvery</c> and <c>PageEvents</c> make
/// a few events enough for a snapshot and for a replay of several pages.
/// </summary>
/// <remarks>Nothing over HTTP sells a hold yet, so it has one more call, which asks the stock itself, as an order will.</remarks>
public static class FailpointHost
{
    public static async Task Main(string[] args)
    {
        var failpoint = new Failpoint(Console.Out);
        await using var app = await SiloHost.Build(args, services => Stop(services, failpoint));
        app.MapPost("/sales/{shopper}/{hold}", Sell);
        if (app.Configuration["Failpoint"] is { Length: > 0 } first) failpoint.Obey(first);
        new Thread(() => Listen(failpoint)) { IsBackground = true, Name = "failpoints" }.Start();
        await app.RunAsync();
    }

    private static void Listen(Failpoint failpoint)
    {
        while (Console.In.ReadLine() is { } line) failpoint.Obey(line);
    }

    private static async Task Sell(HttpContext http, string shopper, string hold)
    {
        var grains = http.RequestServices.GetRequiredService<IGrainFactory>();
        try
        {
            var info = HoldId.TryParse(hold, out var id) ? await grains.Cart(new ShopperId(shopper)).Find(id) : null;
            if (info is null) return;
            var sold = await grains.Stock(info.Sku).Execute(new Confirm(OperationId.Of(shopper, "order", hold), new HoldRef(id, info.Generation), info.Quantity));
            http.Response.StatusCode = sold.Status == Status.Accepted ? StatusCodes.Status204NoContent : StatusCodes.Status409Conflict;
        }
        catch (Exception error) when (error is LedgerUnavailableException or LedgerOverloadedException)
        {
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private static void Stop(IServiceCollection services, Failpoint failpoint)
    {
        var journal = services.Last(service => service.ServiceType == typeof(IJournal)).ImplementationFactory!;
        services.Replace(ServiceDescriptor.Singleton<IJournal>(provider => new StoppableJournal((IJournal)journal(provider), failpoint, Setting(provider, "PageEvents"))));
        services.Replace(ServiceDescriptor.Singleton(provider => new LedgerEngine(
            provider.GetRequiredService<IJournal>(),
            provider.GetRequiredService<TimeProvider>(),
            static () => 0.5,
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<LedgerInstruments>()) { SnapshotEvery = Setting(provider, "SnapshotEvery") }));
    }

    private static int Setting(IServiceProvider provider, string name) =>
        int.Parse(provider.GetRequiredService<Microsoft.Extensions.Configuration.IConfiguration>()[name] ?? "10000");
}
