using FlashSale.Gateway;
using FlashSale.Grains.Journal;
using FlashSale.Silo;

// Everything that can be wrong with the settings or the store ends the start with one line that says what to do.
try
{
    var app = SiloHost.Build(args);
    await app.RunAsync();
    return Environment.ExitCode;
}
catch (Exception error) when (error is GatewayConfigurationException or JournalUnusableException)
{
    await Console.Error.WriteLineAsync(error.Message);
    return 1;
}
catch (IOException error) when (error.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"{error.Message} Stop what listens there, or choose another address with --urls.");
    return 1;
}
