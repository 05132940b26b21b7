using System.Diagnostics;
using System.Net;

namespace FlashSale.Silo.Tests;

/// <summary>The product as a process of its own, on a data directory that outlives it.</summary>
internal sealed class SiloProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _errors = [];
    private readonly List<string> _output = [];
    private readonly SemaphoreSlim _said = new(0);

    private SiloProcess(string directory, int port, params string[] settings)
    {
        Url = $"http://127.0.0.1:{port}";
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(SiloHost).Assembly.Location);
        Settings = ["--urls", Url, "--FlashSale:DataDirectory", directory, "--FlashSale:AdminKey", Api.AdminKey, .. Ports.OfSilo(), .. settings];
        foreach (var argument in Settings) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_ENVIRONMENT"] = "Development";
        start.Environment.Remove("ASPNETCORE_ENVIRONMENT");
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

    /// <summary>Waits for the first such line.</summary>
    public async Task Said(string text)
    {
        while (Says(text) == 0) Assert.True(await _said.WaitAsync(Patience), $"{text} was not said");
    }

    /// <summary>A process that has ended by itself, or serves.</summary>
    public static async Task<SiloProcess> Start(string directory, params string[] settings)
    {
        var silo = new SiloProcess(directory, Ports.Free(), settings);
        silo._process.Start();
        silo._process.BeginOutputReadLine();
        silo._process.BeginErrorReadLine();
        await silo.Ready();
        return silo;
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

    /// <summary>SIGTERM.</summary>
    public async Task Signal()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        await kill.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_ended.Task.IsCompleted) _process.Kill();
        _process.Dispose();
    }

    // The port answers when the process is ready: each failed attempt is the signal to try again.
    private async Task Ready()
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
            catch (HttpRequestException)
            {
                await Task.WhenAny(_ended.Task, Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token));
            }
        }
    }

    private void Keep(object sender, DataReceivedEventArgs e)
    {
        if (e.Data is null) return;
        lock (_errors) _errors.Add(e.Data);
    }
}
