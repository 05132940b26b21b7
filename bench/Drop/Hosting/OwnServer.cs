using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FlashSale.Drop.Hosting;

/// <summary>A server of the driver's own: a child process on a free port and a scratch data directory, which is kept when something was wrong.</summary>
internal sealed partial class OwnServer : IAsyncDisposable
{
    /// <summary>The contract gives the server 30 s from SIGTERM to its end.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(32);

    static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60), ReadyPoll = TimeSpan.FromMilliseconds(100);

    const int SigTerm = 15, LogTailLines = 15;

    readonly Process _process;
    readonly ServerLog _log;
    readonly DirectoryInfo _scratch;
    readonly TextWriter _errors;
    readonly TimeProvider _time;
    readonly CancellationTokenSource _ended = new();
    CancellationTokenSource? _bound;
    bool _removed;

    OwnServer(Process process, DirectoryInfo scratch, Uri url, string adminKey, TextWriter errors, TimeProvider time)
    {
        (_process, _scratch, Url, AdminKey, _errors, _time) = (process, scratch, url, adminKey, errors, time);
        _log = new ServerLog(Path.Combine(scratch.FullName, "server.log"));
        process.OutputDataReceived += (_, e) => _log.Write(e.Data);
        process.ErrorDataReceived += (_, e) => _log.Write(e.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _ended.Cancel();
    }

    public Uri Url { get; }

    public string AdminKey { get; }

    public static OwnServer Start(string command, TextWriter errors, TimeProvider time)
    {
        var words = CommandLine.Split(command);
        if (words.Count == 0)
            throw new DropException("--server is empty.");
        var scratch = Directory.CreateTempSubdirectory("flashsale-drop-");
        var url = new Uri($"http://127.0.0.1:{FreePort()}");
        var adminKey = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var process = new Process { StartInfo = StartInfo(words, scratch, url, adminKey) };
        var server = new OwnServer(process, scratch, url, adminKey, errors, time);
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            server.RemoveScratch();
            throw new DropException($"The server does not start with '{command}': {e.Message}", e);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    /// <summary>The Release build of src/Silo in the repository around this program or around the working directory.</summary>
    public static string DefaultCommand()
    {
        const string Silo = "src/Silo/bin/Release/net10.0/FlashSale.Silo.dll";
        foreach (var start in new[] { AppContext.BaseDirectory, Directory.GetCurrentDirectory() })
            for (var directory = new DirectoryInfo(start); directory is not null; directory = directory.Parent)
                if (Path.Combine(directory.FullName, Silo) is var dll && File.Exists(dll))
                    return $"dotnet \"{dll}\"";
        throw new DropException($"No {Silo} here. Build it (dotnet build -c Release src/Silo), or give --server COMMAND or --url URL.");
    }

    public async Task WaitUntilReadyAsync(CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var start = _time.GetTimestamp();
        while (!await IsReadyAsync(http, stop))
        {
            if (_ended.IsCancellationRequested)
                throw new DropException($"The server ended before it was ready.{Environment.NewLine}{_log.Tail(LogTailLines)}");
            if (_time.GetElapsedTime(start) > ReadyLimit)
                throw new DropException($"The server at {Url} is not ready after {ReadyLimit.TotalSeconds:0} s.{Environment.NewLine}{_log.Tail(LogTailLines)}");
            await Task.Delay(ReadyPoll, _time, stop);
        }
    }

    /// <summary>A token that also ends when the server does: there is nobody left to talk to.</summary>
    public CancellationToken Bind(CancellationToken stop)
    {
        _bound = CancellationTokenSource.CreateLinkedTokenSource(stop, _ended.Token);
        return _bound.Token;
    }

    /// <summary>Why a run failed, if it was because the server went away.</summary>
    public string? Death => _ended.IsCancellationRequested ? $"The server ended during the run.{Environment.NewLine}{_log.Tail(LogTailLines)}" : null;

    /// <summary>Asks the server to end as a service manager would.</summary>
    /// <returns>What was wrong with its end, or null.</returns>
    public async Task<string?> StopAsync()
    {
        if (_process.HasExited)
            return $"it ended by itself with exit code {_process.ExitCode}.";
        if (OperatingSystem.IsWindows())
            _process.Kill(entireProcessTree: true);
        else
            _ = Kill(_process.Id, SigTerm);
        using var limit = new CancellationTokenSource(StopLimit, _time);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            return $"it had not ended {StopLimit.TotalSeconds:0} s after SIGTERM and was killed.";
        }

        return _process.ExitCode == 0 || OperatingSystem.IsWindows() ? null : $"exit code {_process.ExitCode} after SIGTERM, not 0.";
    }

    public void RemoveScratch()
    {
        _log.Dispose();
        _scratch.Delete(recursive: true);
        _removed = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await StopAsync();
        if (!_removed)
            await _errors.WriteLineAsync($"drop: the server's data and log are kept in {_scratch.FullName}");
        _log.Dispose();
        _process.Dispose();
        _bound?.Dispose();
        _ended.Dispose();
    }

    async Task<bool> IsReadyAsync(HttpClient http, CancellationToken stop)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(Url, "/health/ready"), stop);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    static ProcessStartInfo StartInfo(IReadOnlyList<string> words, DirectoryInfo scratch, Uri url, string adminKey)
    {
        var info = new ProcessStartInfo(words[0], words.Skip(1)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["DOTNET_ENVIRONMENT"] = "Development";
        info.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        info.Environment["ASPNETCORE_URLS"] = url.GetLeftPart(UriPartial.Authority);
        info.Environment["FlashSale__DataDirectory"] = scratch.CreateSubdirectory("data").FullName;
        info.Environment["FlashSale__AdminKey"] = adminKey;
        // A scratch server must not write into a database that the caller's shell happens to name.
        info.Environment.Remove("ConnectionStrings__FlashSale");
        return info;
    }

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
