using System.CommandLine;
using FlashSale.Drop.Hosting;
using FlashSale.Drop.Report;
using Spectre.Console;

namespace FlashSale.Drop;

/// <summary>From arguments to exit code: 0 all promises kept, 1 differences or a run that could not be finished, 2 bad options.</summary>
internal static class App
{
    public const int Ok = 0, Failed = 1, BadOptions = 2;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        var command = new DropCommand();
        var root = command.Build();
        root.SetAction((parsed, stop) => RunAsync(command.Read(parsed), output, errors, stop));
        var result = root.Parse(args);
        if (result.Errors.Count > 0)
            return Refuse(result.Errors.Select(error => error.Message), errors);
        // Ctrl-C must leave time to stop an own server in good order.
        var settings = new InvocationConfiguration { Output = output, Error = errors, ProcessTerminationTimeout = OwnServer.StopLimit + TimeSpan.FromSeconds(5) };
        return await result.InvokeAsync(settings);
    }

    static async Task<int> RunAsync(DropOptions options, TextWriter output, TextWriter errors, CancellationToken stop)
    {
        var problems = options.Problems().ToList();
        if (problems.Count > 0)
            return Refuse(problems, errors);
        try
        {
            var progress = new ProgressLine(AnsiConsole.Console, output, TimeProvider.System);
            return await (options.Url is null ? WithOwnServerAsync(options, progress, output, errors, stop) : AtUrlAsync(options, progress, output, stop));
        }
        catch (DropException e)
        {
            await errors.WriteLineAsync("drop: " + e.Message);
            return Failed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await errors.WriteLineAsync("drop: stopped before the end; nothing was checked.");
            return Failed;
        }
    }

    static async Task<int> AtUrlAsync(DropOptions options, ProgressLine progress, TextWriter output, CancellationToken stop)
    {
        var key = options.AdminKey ?? (await File.ReadAllTextAsync(options.AdminKeyFile!, stop)).Trim();
        using var run = new DropRun(options, new Uri(options.Url!), key, progress, TimeProvider.System);
        if (options.TokensFile is not { } file)
            return Finish(await run.RunAsync(stop), output);
        var plan = await run.WriteTokensAsync(file, stop);
        await output.WriteLineAsync($"campaign {plan.Campaign}\nsku {plan.Sku}\ntokens {options.Shoppers} in {file}");
        return Ok;
    }

    static async Task<int> WithOwnServerAsync(
        DropOptions options, ProgressLine progress, TextWriter output, TextWriter errors, CancellationToken stop)
    {
        await using var server = OwnServer.Start(options.ServerCommand ?? OwnServer.DefaultCommand(), errors, TimeProvider.System);
        await progress.WhileAsync(server.WaitUntilReadyAsync(stop), () => "starting a server at " + server.Url);
        var result = await RunAsync(server, options, progress, stop);
        if (await server.StopAsync() is { } complaint)
            result.Differences.Add("server", complaint);
        var code = Finish(result, output);
        if (code == Ok)
            server.RemoveScratch();
        return code;
    }

    static async Task<DropResult> RunAsync(OwnServer server, DropOptions options, ProgressLine progress, CancellationToken stop)
    {
        using var run = new DropRun(options, server.Url, server.AdminKey, progress, TimeProvider.System);
        try
        {
            return await run.RunAsync(server.Bind(stop));
        }
        catch (Exception e) when (server.Death is not null && !stop.IsCancellationRequested)
        {
            throw new DropException(server.Death!, e);
        }
    }

    static int Finish(DropResult result, TextWriter output)
    {
        Summary.Write(result, output);
        return result.Differences.Count == 0 ? Ok : Failed;
    }

    static int Refuse(IEnumerable<string> problems, TextWriter errors)
    {
        foreach (var problem in problems)
            errors.WriteLine("drop: " + problem);
        errors.WriteLine("drop: --help lists the options.");
        return BadOptions;
    }
}
