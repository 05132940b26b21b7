using System.Diagnostics;

namespace FlashSale.Drop.Hosting;

/// <summary>
/// A throw-away PostgreSQL server with real durability settings, by the repository's script. Should this process die, the script's own watch stops
/// it and removes its data.
/// </summary>
internal sealed class OwnPostgres
{
    readonly string _script;
    readonly string _directory;

    OwnPostgres(string script, string directory, string connectionString) =>
        (_script, _directory, ConnectionString) = (script, directory, connectionString);

    public string ConnectionString { get; }

    public static async Task<OwnPostgres> StartAsync(string script, CancellationToken stop)
    {
        var directory = Directory.CreateTempSubdirectory("flashsale-drop-postgres-").FullName;
        try
        {
            var connectionString = await RunAsync(script, ["start", directory, "--until", $"{Environment.ProcessId}"], stop);
            return new OwnPostgres(script, directory, connectionString.Trim());
        }
        catch (DropException)
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    /// <summary>Ends it as a crash would, and starts it again.</summary>
    public Task CrashAsync(CancellationToken stop) => RunAsync(_script, ["restart", _directory], stop);

    public Task StopAsync() => RunAsync(_script, ["stop", _directory], CancellationToken.None);

    public void Remove() => Directory.Delete(_directory, recursive: true);

    /// <summary>Once it is stopped: out of the watch's reach.</summary>
    /// <returns>Where its data are now; <c>start</c> of the script starts it there.</returns>
    public string Keep()
    {
        var kept = _directory + "-kept";
        Directory.Move(_directory, kept);
        return kept;
    }

    static async Task<string> RunAsync(string script, string[] arguments, CancellationToken stop)
    {
        var info = new ProcessStartInfo(script, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = new Process { StartInfo = info };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new DropException($"{script} does not run: {e.Message}", e);
        }

        var (output, errors) = (process.StandardOutput.ReadToEndAsync(stop), process.StandardError.ReadToEndAsync(stop));
        await process.WaitForExitAsync(stop);
        return process.ExitCode == 0 ? await output : throw new DropException($"{script} {arguments[0]} failed: {(await errors).Trim()}");
    }
}
