using System.Diagnostics;

namespace FlashSale.Crash.Tests.Faults;

/// <summary>strace on running processes: shows their system calls, or makes them fail. They run on untouched when it is disposed of.</summary>
internal sealed class Strace : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly string _output;
    private readonly List<string> _messages = [];
    private readonly SemaphoreSlim _said = new(0);

    private Strace(Process process, string output)
    {
        (_process, _output) = (process, output);
        _process.ErrorDataReceived += (_, e) =>
        {
            lock (_messages) _messages.Add(e.Data ?? "strace ended");
            _said.Release();
        };
    }

    /// <summary>Attaches to all threads of the processes, and to whatever they begin later.</summary>
    /// <param name="directory">Where its output goes.</param>
    /// <param name="processes">Their numbers.</param>
    /// <param name="options">As on its command line.</param>
    /// <exception cref="InvalidOperationException">It is missing, or may not attach; the message says what is needed.</exception>
    public static async Task<Strace> Attach(string directory, IReadOnlyList<int> processes, params string[] options)
    {
        var output = Path.Combine(directory, $"strace-{processes[0]}-{Path.GetRandomFileName()}");
        string[] arguments = ["-f", "-y", "-o", output, .. options, .. processes.SelectMany(id => new[] { "-p", $"{id}" })];
        var start = new ProcessStartInfo(Tools.Path(Tools.Strace), arguments) { UseShellExecute = false, RedirectStandardError = true };
        var strace = new Strace(new Process { StartInfo = start }, output);
        strace._process.Start();
        strace._process.BeginErrorReadLine();
        try
        {
            // A process that has ended meanwhile is no loss: what it was to show, others do.
            foreach (var id in processes) await strace.Said($"Process {id} attached", $", {id}): No such process");
            return strace;
        }
        catch
        {
            await strace.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a call to one file, or a kind of call, comes to.</summary>
    /// <param name="calls">As <c>pwrite64,fdatasync</c>.</param>
    /// <param name="fate">As <c>error=ENOSPC</c> or <c>signal=SIGKILL:when=2</c>.</param>
    /// <param name="files">Only calls on these; none: all.</param>
    public static string[] Inject(string calls, string fate, params string[] files) =>
        ["-e", $"trace={calls}", "-e", $"inject={calls}:{fate}", .. files.SelectMany(file => new[] { "-P", file })];

    /// <summary>Lets the processes go.</summary>
    /// <returns>What they did, a line a call, in order.</returns>
    public async Task<IReadOnlyList<string>> Detach()
    {
        await DisposeAsync();
        return await File.ReadAllLinesAsync(_output);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
            await kill.WaitForExitAsync();
        }

        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    private async Task Said(params string[] texts)
    {
        while (true)
        {
            lock (_messages)
            {
                if (_messages.Exists(line => texts.Any(text => line.Contains(text, StringComparison.Ordinal)))) return;
                if (_messages.Contains("strace ended")) throw new InvalidOperationException($"strace: {string.Join(' ', _messages)}");
            }

            Assert.True(await _said.WaitAsync(Patience), $"strace did not say: {texts[0]}");
        }
    }
}
