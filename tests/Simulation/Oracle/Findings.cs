namespace FlashSale.Simulation.Tests;

/// <summary>What the oracle found: each broken promise with the place where it shows, and how much was looked at.</summary>
internal sealed class Findings
{
    private const int Most = 50;

    private readonly List<string> _broken = [];

    public IReadOnlyList<string> Broken => _broken;

    /// <summary>Histories of which no bounded search could say whether they are linearizable.</summary>
    public int Undecided { get; set; }

    public SortedDictionary<string, int> Checked { get; } = new(StringComparer.Ordinal);

    public void Check(string promise, bool holds, Func<string> what)
    {
        Checked[promise] = Checked.GetValueOrDefault(promise) + 1;
        if (!holds && _broken.Count < Most) _broken.Add($"{promise}: {what()}");
    }
}
