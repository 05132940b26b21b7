using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Hosting;
using FlashSale.Drop.Report;
using Spectre.Console;

namespace FlashSale.Drop.Tests;

/// <summary>Whole drops in a hurry.</summary>
internal static class Drops
{
    // Many of everything: a drop takes a fraction of a second.
    public static readonly DropOptions Closed = new()
    {
        Stock = 60,
        Shoppers = 400,
        Connections = 8,
        Loop = new LoopOptions { Closed = true },
        DoubleTapPercent = 30,
        DesertPercent = 20,
        AbandonPercent = 20,
        GreedyPercent = 30,
        Seed = 7,
        KeepGoingSeconds = 30,
        Tempo = new Tempo(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(10)),
    };

    public static readonly DropOptions Open = Closed with { Connections = null, Loop = new LoopOptions { Curve = LoopOptions.Spike, Rate = 4000, RampSeconds = 0.05 } };

    public static async Task<DropResult> RunAsync(Lie lie, DropOptions options)
    {
        await using var server = await FakeServer.StartAsync(lie);
        using var run = Create(options, [server]);
        return await run.RunAsync(CancellationToken.None);
    }

    public static DropRun Create(DropOptions options, IReadOnlyList<FakeServer> servers, Fault? fault = null) =>
        new(options, [.. servers.Select(server => server.Url)], FakeServer.AdminKey, fault, Quiet(), TimeProvider.System);

    public static ProgressDisplay Quiet()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(TextWriter.Null) });
        return new ProgressDisplay(console, TextWriter.Null, TimeProvider.System);
    }

    public static List<string> Kinds(DropResult result) => [.. result.Differences.List().Select(difference => difference.Kind)];

    public static string Render(DropResult result)
    {
        var writer = new StringWriter();
        Summary.Write(result, writer);
        return writer.ToString();
    }
}
