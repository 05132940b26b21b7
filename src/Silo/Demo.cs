using System.Globalization;
using FlashSale.Contracts;
using FlashSale.Gateway;
using Orleans;

namespace FlashSale.Silo;

/// <summary>A small drop to look at: five units that open 15 s after the start. Each start makes a new one.</summary>
internal sealed partial class Demo(IGrainFactory grains, ILedgerClock clock, IHostApplicationLifetime lifetime, ILogger<Demo> log) : BackgroundService
{
    private static readonly TimeSpan OpensAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Window = TimeSpan.FromHours(2);
    private const int Units = 5;
    private const int Limit = 3;
    private const int HoldSeconds = 600;

    public static bool IsWanted(IConfiguration configuration) => configuration["FlashSale:Demo"] switch
    {
        null or "" => false,
        var text when bool.TryParse(text, out var wanted) => wanted && string.IsNullOrEmpty(configuration.GetConnectionString("FlashSale")),
        var text => throw new GatewayConfigurationException($"FlashSale__Demo={text} is not valid: set it to true or false, or remove it."),
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Started();
        try
        {
            await Make();
        }
        catch (Exception error)
        {
            Failed(error); // A demo that cannot be made is no reason to end the process.
        }
    }

    private async Task Make()
    {
        var (campaign, sku) = await FirstFreeName();
        await grains.Catalog(sku).Put(new CatalogEntry("Dunk Low 42 (demo)", new Money(79900, "CNY")));
        await grains.Stock(sku).Execute(new Register());
        await grains.Stock(sku).Execute(new Receive(OperationId.Of("operator:", "demo", sku.Value), Units, "demo"));
        var opensAt = TimeJsonConverter.Cut(clock.Now + OpensAfter);
        var config = new CampaignConfig("Dunk Low (demo)", "flow", opensAt, opensAt + Window, Limit, HoldSeconds, [new CampaignSku(sku, Units, null)]);
        var made = await grains.Campaign(campaign).Configure(config);
        if (made.Status == Status.Accepted) Made(campaign, sku, Units, opensAt.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        else NotMade(campaign, made.Detail);
    }

    private Task Started()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lifetime.ApplicationStarted.Register(started.SetResult);
        return started.Task;
    }

    private async Task<(CampaignId Campaign, Sku Sku)> FirstFreeName()
    {
        for (var i = 1; ; i++)
        {
            var name = i == 1 ? "demo" : $"demo-{i}";
            if (await grains.Campaign(new CampaignId(name)).View() is null) return (new CampaignId(name), new Sku($"{name}-42"));
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Demo drop: campaign {Campaign}, SKU {Sku}, {Units} units, opens at {OpensAt} UTC.")]
    private partial void Made(CampaignId campaign, Sku sku, int units, string opensAt);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The demo drop was not made.")]
    private partial void Failed(Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The demo drop {Campaign} was not made: {Reason}")]
    private partial void NotMade(CampaignId campaign, string? reason);
}
