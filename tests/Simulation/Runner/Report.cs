using System.Globalization;

namespace FlashSale.Simulation.Tests;

/// <summary>What a person reads after a run of many seeds, or of one that failed.</summary>
internal static class Report
{
    private const int LinesWhole = 250;
    private const int LinesTail = 120;

    public static void Summary(ManySeeds seeds, TimeSpan took, TextWriter output)
    {
        output.WriteLine(Text($"{"rare situation",-34} {"times",9} {"runs",7}"));
        foreach (var situation in Situations.All)
        {
            var (times, runs) = seeds.Reached[situation];
            output.WriteLine(Text($"{situation.Name,-34} {times,9} {runs,7}  {situation.Sentence}"));
        }

        output.WriteLine();
        output.WriteLine($"checked: {string.Join(", ", seeds.Checked.Select(c => Text($"{c.Key} {c.Value}")))}");
        if (seeds.Undecided > 0) output.WriteLine(Text($"undecided: {seeds.Undecided} histories of a SKU, within the bound of the search for an order"));
        output.WriteLine(Text($"{seeds.Done} seeds in {took.TotalSeconds:0.0} s, {seeds.Done / took.TotalSeconds:0.0} a second, {seeds.Failed} failed"));
    }

    /// <summary>The promises that one run broke, and its history: all of it, or, where it is long, what names the things concerned, and its end.</summary>
    public static void Failure(Verdict verdict, TextWriter output)
    {
        var lines = verdict.History;
        output.WriteLine($"--- {Name(verdict.Recipe)}");
        if (lines.Count > LinesWhole)
        {
            var words = Concerned(verdict);
            var picked = lines.Where((line, i) => i >= lines.Count - LinesTail || line.Contains("cluster", StringComparison.Ordinal) || words.Exists(w => line.Contains(w, StringComparison.Ordinal))).ToArray();
            output.WriteLine(Text($"    {picked.Length} of {lines.Count} lines: those that name {string.Join(", ", words)}, and the end"));
            lines = picked.Length > LinesWhole * 4 ? [.. picked.TakeLast(LinesWhole * 4)] : picked;
        }

        foreach (var line in lines) output.WriteLine(line);
        output.WriteLine($"--- {Name(verdict.Recipe)} broke {string.Join(", ", verdict.Promises)}");
        foreach (var broken in verdict.Broken.Take(10)) output.WriteLine($"    {broken}");
    }

    public static string Name(Recipe recipe)
    {
        var left = new List<string> { Text($"seed {recipe.Seed}") };
        if (recipe.Salt > 0) left.Add(Text($"luck {recipe.Salt}"));
        if (recipe.ShoppersMost < int.MaxValue) left.Add(Text($"{recipe.ShoppersMost} shoppers"));
        if (recipe.WishesMost < int.MaxValue) left.Add(Text($"{recipe.WishesMost} wishes each"));
        if (!recipe.Meddling) left.Add("operators only set up");
        if (recipe.Without.Count > 0) left.Add($"without {string.Join(", ", recipe.Without)}");
        return string.Join("; ", left);
    }

    // Ids of holds in what was found: 22 characters of base64url.
    private static List<string> Concerned(Verdict verdict) => [.. verdict.Broken.Take(3)
        .SelectMany(b => b.Split([' ', '"', ',', '(', ')', '{', '}', '=', ';'], StringSplitOptions.RemoveEmptyEntries))
        .Where(w => w.Length == 22 && w.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).Distinct(StringComparer.Ordinal).Take(5)];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
