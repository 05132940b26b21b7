using System.Globalization;

namespace FlashSale.Simulation.Tests;

/// <summary><c>FIRST..LAST</c>, both included.</summary>
internal sealed record SeedRange(ulong First, int Count)
{
    private const ulong Most = 10_000_000;

    public IEnumerable<ulong> All => Enumerable.Range(0, Count).Select(i => First + (ulong)i);

    public static bool TryParse(string text, out SeedRange range)
    {
        range = new SeedRange(0, 0);
        var parts = text.Split("..");
        if (parts.Length != 2
            || !ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !ulong.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || last < first || last - first >= Most) return false;
        range = new SeedRange(first, (int)(last - first) + 1);
        return true;
    }
}
