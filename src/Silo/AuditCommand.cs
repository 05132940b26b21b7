using System.Globalization;
using FlashSale.Contracts;
using FlashSale.Gateway;
using FlashSale.Grains.Journal;

namespace FlashSale.Silo;

/// <summary>
/// <c>FlashSale.Silo audit</c>: derives every figure and promise from a journal and prints them, while a process serves it or while none does. Takes the
/// settings that name the store, changes nothing, and needs no key.
/// </summary>
internal static class AuditCommand
{
    public const string Verb = "audit";

    private const int Holds = 0, Broken = 1;

    /// <param name="args">What follows the verb: standard .NET configuration.</param>
    /// <param name="output">Where the report goes.</param>
    /// <returns>0: all promises hold; 1: at least one is broken.</returns>
    /// <exception cref="JournalUnusableException">There is no journal that can be read.</exception>
    public static async Task<int> Run(string[] args, TextWriter output)
    {
        var configuration = Read(args);
        var auditor = JournalStore.Audit(SiloHost.DataDirectory(configuration), configuration.GetConnectionString("FlashSale"));
        var report = await auditor.Run();
        foreach (var line in Lines(report)) await output.WriteLineAsync(line);
        return report.Holds ? Holds : Broken;
    }

    private static ConfigurationManager Read(string[] args)
    {
        var configuration = new ConfigurationManager();
        try
        {
            configuration.AddEnvironmentVariables().AddCommandLine(args);
        }
        catch (FormatException error)
        {
            throw new GatewayConfigurationException($"{error.Message} Known are --FlashSale:DataDirectory and --ConnectionStrings:FlashSale.", error);
        }

        return configuration;
    }

    private static IEnumerable<string> Lines(AuditReport report)
    {
        if (report.Skus.Length > 0) yield return $"{"SKU",-64} {"received",11} {"available",11} {"held",11} {"sold",11} {"withdrawn",11}";
        foreach (var s in report.Skus) yield return $"{s.Sku,-64} {s.Received,11} {s.Available,11} {s.Held,11} {s.Sold,11} {s.Withdrawn,11}";
        foreach (var p in report.Promises) yield return $"{p.Id} {(p.Holds ? "holds " : "BROKEN")} {p.Checked.ToString(CultureInfo.InvariantCulture),9} checks  {p.Detail}";
        yield return report.Holds ? "All promises hold." : $"BROKEN: {string.Join(", ", report.Promises.Where(p => !p.Holds).Select(p => p.Id))}";
    }
}
