using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace FlashSale.Drop.Hosting;

/// <summary>What own servers have in common.</summary>
/// <param name="ConnectionString">Of a PostgreSQL database; null for SQLite in the server's own directory.</param>
internal sealed record ServerSetup(string Command, string AdminKey, string TokenKey, string? ConnectionString);

/// <summary>A server of the driver's own: a child process on a free port and a scratch data directory, which is kept when something was wrong.</summary>
internal sealed partial class OwnServer : IAsyncDisposable
{
    /// <summary>The contract gives the server 30 s from SIGTERM to its end.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(32);

    static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(60), ReadyPoll = TimeSpan.FromMilliseconds(100);

    const int SigTerm = 15, LogTailLines = 15;

    readonly ServerLog _log;
    readonly DirectoryInfo _scratch;
    readonly TextWriter _errors;
    readonly TimeProvider _time;
    readonly ProcessStartInfo _info;
    readonly CancellationTokenSource _ended = new();
    Process _process;
    Process? _crashed;
    bool _removed;

    OwnServer(ServerSetup setup, TextWriter errors, TimeProvider time)
    {
        var words = CommandLine.Split(setup.Command);
        if (words.Count == 0)
            throw new DropException("--server is empty.");
        (_errors, _time) = (errors, time);
        Url = new Uri($"http://127.0.0.1:{FreePort()}");
        _scratch = Directory.CreateTempSubdirectory("flashsale-drop-");
        _info = StartInfo(words, _scratch, Url, setup);
        _log = new ServerLog(Path.Combine(_scratch.FullName, "server.log"));
        _process = Launch();
    }

    public Uri Url { get; }

    /// <summary>Of the process that runs now.</summary>
    public int Id => _process.Id;

    /// <summary>Ends when the server does, other than by <see cref="StopAsync"/> or <see cref="CrashAsync"/>.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Why a run failed, if it was because the server went away.</summary>
    public string? Death => _ended.IsCancellationRequested ? $"The server ended during the run.{Environment.NewLine}{_log.Tail(LogTailLines)}" : null;

    public static OwnServer Start(ServerSetup setup, TextWriter errors, TimeProvider time) => new(setup, errors, time);

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

    /// <summary>Kills the server without a word, and starts it again at the same address on the same data.</summary>
    public async Task CrashAsync(CancellationToken stop)
    {
        _crashed = _process;
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(stop);
        _process = Launch();
        _crashed.Dispose();
        await WaitUntilReadyAsync(stop);
    }

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
        _ended.Dispose();
    }

    async Task<bool> IsReadyAsync(HttpClient http, CancellationToken stop)
    {
        try
        {
            using var response = await http.GetAsync(new Uri(Url, "/health/ready"), stop);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or SocketException || (e is TaskCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    Process Launch()
    {
        var process = new Process { StartInfo = _info, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => _log.Write(e.Data);
        process.ErrorDataReceived += (_, e) => _log.Write(e.Data);
        process.Exited += (_, _) =>
        {
            if (process != _crashed)
                _ended.Cancel();
        };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            RemoveScratch();
            throw new DropException($"The server does not start with '{_info.FileName}': {e.Message}", e);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    static ProcessStartInfo StartInfo(IReadOnlyList<string> words, DirectoryInfo scratch, Uri url, ServerSetup setup)
    {
        var info = new ProcessStartInfo(words[0], words.Skip(1)) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        info.Environment["DOTNET_ENVIRONMENT"] = "Development";
        info.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        info.Environment["ASPNETCORE_URLS"] = url.GetLeftPart(UriPartial.Authority);
        info.Environment["FlashSale__DataDirectory"] = scratch.CreateSubdirectory("data").FullName;
        info.Environment["FlashSale__AdminKey"] = setup.AdminKey;
        info.Environment["FlashSale__TokenKey"] = setup.TokenKey;
        // A scratch server must not write into a database that the caller's shell happens to name.
        info.Environment.Remove("ConnectionStrings__FlashSale");
        if (setup.ConnectionString is not null)
            info.Environment["ConnectionStrings__FlashSale"] = setup.ConnectionString;
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
