using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using FlashSale.Silo;
using Xunit;

namespace FlashSale.Testing;

/// <summary>How a process is started.</summary>
/// <param name="Directory">Its data directory.</param>
/// <param name="Settings">As on the command line.</param>
internal sealed record SiloStart(string Directory, params string[] Settings)
{
    /// <summary>What runs: the product, unless a test brings a program of its own.</summary>
    public string Program { get; init; } = typeof(SiloHost).Assembly.Location;

    /// <summary>Where it listens.</summary>
    public int Port { get; init; } = Ports.Free();

    /// <summary>Added to what this process's environment has.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}

/// <summary>The product as a process of its own, on a data directory that outlives it.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _errors = [];
    private readonly List<string> _output = [];
    private readonly SemaphoreSlim _said = new(0);

    private SiloProcess(SiloStart how)
    {
        Url = $"http://127.0.0.1:{how.Port}";
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(how.Program);
        Settings = ["--urls", Url, "--FlashSale:DataDirectory", how.Directory, "--FlashSale:AdminKey", Api.AdminKey, "--FlashSale:DrainSeconds", "0", .. Ports.OfSilo(), .. how.Settings];
        foreach (var argument in Settings) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        foreach (var (name, value) in how.Environment) start.Environment[name] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.Exited += (_, _) => _ended.TrySetResult();
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is null) return;
            lock (_output) _output.Add(e.Data);
            _said.Release();
        };
        _process.ErrorDataReceived += Keep;
    }

    public string Url { get; }

    public string[] Settings { get; }

    public int Id => _process.Id;

    public bool HasEnded => _ended.Task.IsCompleted;

    /// <summary>What it wrote to standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return string.Join('\n', _errors);
        }
    }

    /// <summary>Lines of its log with this in them.</summary>
    public int Says(string text)
    {
        lock (_output) return _output.Count(line => line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Waits for such a line, or for so many of them.</summary>
    public async Task Said(string text, int times = 1)
    {
        while (Says(text) < times) Assert.True(await _said.WaitAsync(Patience), $"{text} was not said");
    }

    /// <summary>Writes a line to its standard input.</summary>
    public Task Tell(string line) => _process.StandardInput.WriteLineAsync(line);

    /// <summary>A process that has ended by itself, or serves.</summary>
    public static Task<SiloProcess> Start(string directory, params string[] settings) => Start(new SiloStart(directory, settings));

    /// <summary>The same.</summary>
    public static async Task<SiloProcess> Start(SiloStart how)
    {
        var silo = Launch(how);
        await silo.Ready();
        return silo;
    }

    /// <summary>A process that has just begun to start.</summary>
    public static SiloProcess Launch(SiloStart how)
    {
        var silo = new SiloProcess(how);
        silo._process.Start();
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        return silo;
    }

    /// <summary>Waits until it serves, or has ended by itself. The port answers when the process is ready: each failed attempt is the signal to try again.</summary>
    public async Task Ready()
    {
        using var http = new HttpClient { BaseAddress = new Uri(Url) };
        using var patience = new CancellationTokenSource(Patience);
        while (!_ended.Task.IsCompleted)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), patience.Token);
                if (answer.StatusCode == HttpStatusCode.OK) return;
            }
            catch (Exception error) when (error is HttpRequestException or SocketException)
            {
                // Not yet.
            }

            await Task.WhenAny(_ended.Task, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }
    }

    public async Task<int> Exit()
    {
        await _ended.Task.WaitAsync(Patience);
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public Task<int> Kill()
    {
        _process.Kill();
        return Exit();
    }

    /// <summary>SIGTERM, and its end.</summary>
    public async Task<int> Terminate()
    {
        await Signal();
        return await Exit();
    }

    /// <summary>SIGTERM, or another one: <c>STOP</c>, <c>CONT</c>.</summary>
    public async Task Signal(string name = "TERM")
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_ended.Task.IsCompleted) _process.Kill();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is null) return;
        lock (_errors) _errors.Add(e.Data);
    }
}
