using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace FlashSale.Simulation.Tests;

/// <summary>Seeds that nobody has run before this commit.</summary>
internal static class CommitSeeds
{
    private const ulong Without = 1_000_000;
    private const ulong Span = 1_000_000_000;
    private const int Digits = 12;

    /// <summary>Drawn from the commit that is checked out; a fixed one where there is no git.</summary>
    public static ulong First([CallerFilePath] string file = "")
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["-C", Path.GetDirectoryName(file)!, "rev-parse", "HEAD"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            })!;
            var commit = git.StandardOutput.ReadToEnd().Trim();
            git.WaitForExit();
            return Of(commit);
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return Without;
        }
    }

    public static ulong Of(string commit) =>
        commit.Length >= Digits && ulong.TryParse(commit[..Digits], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var number)
            ? Without + (number % Span)
            : Without;
}
