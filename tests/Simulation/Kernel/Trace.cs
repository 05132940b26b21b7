using System.Globalization;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// What a run did: a hash over every choice and outcome, by which two runs of one seed are compared, and the readable lines, by which a
/// person understands one.
/// </summary>
internal sealed class Trace
{
    private const int LinesMost = 200_000;

    private readonly List<string> _lines = [];

    public ulong Hash { get; private set; } = 14695981039346656037;

    public IReadOnlyList<string> Lines => _lines;

    /// <summary>How often each rare situation was reached.</summary>
    public Dictionary<Situation, int> Reached { get; } = [];

    /// <summary>How often everything else that is counted happened.</summary>
    public SortedDictionary<string, int> Counted { get; } = new(StringComparer.Ordinal);

    public void Add(long value) => Hash = ulong.RotateLeft((Hash ^ (ulong)value) * 1099511628211, 17);

    // Not string.GetHashCode: it differs from process to process.
    public void Add(string text)
    {
        foreach (var c in text) Hash = (Hash ^ c) * 1099511628211;
        Add(text.Length);
    }

    /// <summary>One readable line; part of the hash too.</summary>
    public void Say(TimeSpan at, string line)
    {
        Add(line);
        if (_lines.Count < LinesMost) _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{at.TotalSeconds,9:0.0000}  {line}"));
    }

    public void Reach(Situation situation) => Reached[situation] = Reached.GetValueOrDefault(situation) + 1;

    public void Count(string what) => Counted[what] = Counted.GetValueOrDefault(what) + 1;
}
