using System.CommandLine;
using FlashSale.Drop.Hosting;
using FlashSale.Drop.Report;

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
            var outputs = Outputs.Of(options, output, errors);
            return await (options.HasOwnServer ? WithOwnServersAsync(options, outputs, errors, stop) : AtUrlsAsync(options, outputs, stop));
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

    static async Task<int> AtUrlsAsync(DropOptions options, Outputs outputs, CancellationToken stop)
    {
        var key = options.AdminKey ?? (await File.ReadAllTextAsync(options.AdminKeyFile!, stop)).Trim();
        using var run = new DropRun(options, [.. options.Urls.Select(url => new Uri(url))], key, null, outputs.Progress, TimeProvider.System);
        if (options.TokensFile is not { } file)
            return await outputs.TellAsync(await run.RunAsync(stop));
        var plan = await run.WriteTokensAsync(file, stop);
        await outputs.Lines.WriteLineAsync($"campaign {plan.Campaign}\nsku {plan.Sku}\ntokens {options.Shoppers} in {file}");
        return Ok;
    }

    static async Task<int> WithOwnServersAsync(DropOptions options, Outputs outputs, TextWriter errors, CancellationToken stop)
    {
        var starting = OwnServers.StartAsync(options, options.Postgres ? Repository.Postgres() : null, errors, TimeProvider.System, stop);
        var what = (options.Processes == 1 ? "a server" : $"{options.Processes} servers") + (options.Postgres ? " on PostgreSQL" : "");
        await using var servers = await outputs.Progress.WhileAsync(starting, () => "starting " + what);
        var result = await RunAsync(servers, options, outputs.Progress, stop);
        foreach (var complaint in await servers.StopAsync())
            result.Differences.Add("server", complaint);
        var code = await outputs.TellAsync(result);
        if (code == Ok)
            servers.RemoveScratch();
        return code;
    }

    static async Task<DropResult> RunAsync(OwnServers servers, DropOptions options, ProgressDisplay progress, CancellationToken stop)
    {
        using var run = new DropRun(options, servers.Urls, servers.AdminKey, servers.FaultOf(options.Kill), progress, TimeProvider.System);
        try
        {
            return await run.RunAsync(servers.Bind(stop));
        }
        catch (Exception e) when (servers.Death is not null && !stop.IsCancellationRequested)
        {
            throw new DropException(servers.Death!, e);
        }
    }

    static int Refuse(IEnumerable<string> problems, TextWriter errors)
    {
        foreach (var problem in problems)
            errors.WriteLine("drop: " + problem);
        errors.WriteLine("drop: --help lists the options.");
        return BadOptions;
    }
}
