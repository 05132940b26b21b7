using System.Runtime.CompilerServices;

namespace FlashSale.Simulation.Tests;

/// <summary>The patches in Mutants follow the sources: one that fits nowhere, or in two places, plants no bug, or another one than it says.</summary>
public sealed class PlantedBugTests
{
    public static TheoryData<string> All() => new(Directory.EnumerateFiles(Folder(), "*.patch").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(All))]
    public void Planted_bug_fits_into_one_place(string name)
    {
        var (source, hunks) = ("", 0);
        var before = new List<string>();
        foreach (var line in File.ReadAllLines(Path.Combine(Folder(), name + ".patch")).Append("@@"))
        {
            if (line.StartsWith("+++ b/", StringComparison.Ordinal) || line.StartsWith("@@", StringComparison.Ordinal) || line.StartsWith("diff ", StringComparison.Ordinal))
            {
                if (before.Count > 0) Fits(source, before);
                before.Clear();
                if (line[0] == '+') source = File.ReadAllText(Path.Combine(Folder(), "../../..", line["+++ b/".Length..]));
                if (line[0] == '@') hunks++;
            }
            else if (hunks > 0 && line is [' ' or '-', .. var text] && !line.StartsWith("--- a/", StringComparison.Ordinal))
            {
                before.Add(text);
            }
        }

        Assert.True(hunks > 1, "It changes nothing.");
    }

    private static void Fits(string source, IEnumerable<string> lines)
    {
        var block = string.Concat(lines.Select(l => l + "\n"));
        var first = source.IndexOf(block, StringComparison.Ordinal);
        Assert.True(first >= 0, $"The sources have no longer:\n{block}");
        Assert.True(source.IndexOf(block, first + 1, StringComparison.Ordinal) < 0, $"The sources have twice:\n{block}");
    }

    private static string Folder([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Mutants");
}
