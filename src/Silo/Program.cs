using FlashSale.Gateway;
using FlashSale.Grains.Journal;
using FlashSale.Silo;
using FlashSale.Silo.Engine;

// Everything that can be wrong with the settings or the store ends the start with one line that says what to do.
try
{
    if (args is [AuditCommand.Verb, .. var rest]) return await AuditCommand.Run(rest, Console.Out);

    // Disposing closes the store in good order: SQLite leaves one whole file behind.
    await using var app = await SiloHost.Build(args);
    await Start(app);
    await app.WaitForShutdownAsync();
    return Environment.ExitCode;
}
catch (Exception error) when (error is GatewayConfigurationException or JournalUnusableException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}

static async Task Start(WebApplication app)
{
    var urls = app.Configuration["urls"] ?? SiloHost.DefaultUrl;
    try
    {
        await app.StartAsync();
    }
    catch (Exception error) when (GrainEngineHosting.WhyNotStarted(error, app.Services.GetRequiredService<ClusterSettings>()) is { } why)
    {
        throw new GatewayConfigurationException(why, error);
    }
    catch (Exception error) when (error is IOException or FormatException or InvalidOperationException or ArgumentException)
    {
        throw new GatewayConfigurationException($"Cannot start at {urls}: {error.Message} If it is the address, choose another one with --urls.", error);
    }
}
