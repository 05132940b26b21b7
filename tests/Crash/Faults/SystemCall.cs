using System.Text.RegularExpressions;

namespace FlashSale.Crash.Tests.Faults;

/// <summary>One system call out of strace's report.</summary>
/// <param name="Name">As <c>fdatasync</c>.</param>
/// <param name="Text">Its arguments, file names included, and what it came to.</param>
/// <param name="Began">Number of the line where it began.</param>
/// <param name="Ended">Of the line where it had ended.</param>
internal sealed partial record SystemCall(string Name, string Text, int Began, int Ended)
{
    private const string Unfinished = "<unfinished ...>";

    public bool IsWrite => Name is "pwrite64" or "pwritev" or "write";

    /// <summary>It was told that all is on the disk.</summary>
    public bool IsSync => Name is "fsync" or "fdatasync" && Text.EndsWith("= 0", StringComparison.Ordinal);

    public bool Says(string text) => Text.Contains(text, StringComparison.Ordinal);

    /// <summary>Calls in the order in which they began. One that others interrupt in the report takes two lines of it.</summary>
    public static IReadOnlyList<SystemCall> Parse(IReadOnlyList<string> lines)
    {
        var calls = new List<SystemCall>();
        var begun = new Dictionary<string, int>(StringComparer.Ordinal); // By thread.
        for (var i = 0; i < lines.Count; i++)
        {
            if (Resumed().Match(lines[i]) is { Success: true } end)
            {
                if (!begun.Remove(end.Groups["thread"].Value, out var at)) continue; // It had begun before strace came.
                calls[at] = calls[at] with { Text = calls[at].Text + end.Groups["text"].Value, Ended = i };
            }
            else if (Call().Match(lines[i]) is { Success: true } call)
            {
                var isOpen = lines[i].EndsWith(Unfinished, StringComparison.Ordinal);
                if (isOpen) begun[call.Groups["thread"].Value] = calls.Count;
                calls.Add(new SystemCall(call.Groups["name"].Value, call.Groups["text"].Value, Began: i, Ended: isOpen ? int.MaxValue : i));
            }
        }

        return calls;
    }

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>\w+)\((?<text>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Call();

    [GeneratedRegex(@"^(?<thread>\d+) +<\.\.\. \w+ resumed>(?<text>.*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Resumed();
}
