using System.Diagnostics;

namespace FlashSale.Testing;

/// <summary>Runs the scripts of this repository.</summary>
internal static class Scripts
{
    /// <param name="name">As <c>eng/postgres</c>.</param>
    /// <param name="environment">Added to this process's.</param>
    /// <param name="arguments">Of the script.</param>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message is what it wrote to standard error.</exception>
    public static async Task<string> Run(string name, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, name)))
            root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException($"{name} was not found above the tests.");
        var start = new ProcessStartInfo(Path.Combine(root, name), arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in environment) start.Environment[variable] = value;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException(await error);
    }
}
