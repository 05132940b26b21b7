using System.Collections.Concurrent;

namespace FlashSale.Crash.Tests.Faults;

/// <summary>What disturbs processes here, found or installed by eng/tools.</summary>
internal static class Tools
{
    public const string Strace = "strace", Faketime = "faketime";

    private static readonly ConcurrentDictionary<string, Lazy<(string? Path, string? WhyNot)>> Found = new(StringComparer.Ordinal);

    /// <exception cref="InvalidOperationException">It is not there, or may not be used; the message says what is needed.</exception>
    public static string Path(string tool) => Find(tool).Path ?? throw new InvalidOperationException(Find(tool).WhyNot);

    /// <summary>Null where it can be used.</summary>
    public static string? WhyNot(string tool) => Find(tool).WhyNot;

    // Asked by attributes, which cannot wait otherwise.
    private static (string? Path, string? WhyNot) Find(string tool) => Found.GetOrAdd(tool, static name => new(() =>
    {
        try
        {
            return (Scripts.Run("eng/tools", new Dictionary<string, string>(), name).GetAwaiter().GetResult().Trim(), null);
        }
        catch (InvalidOperationException error)
        {
            return (null, error.Message.Trim());
        }
    })).Value;
}

/// <summary>A test that needs a tool: where that cannot be had it is skipped, and says why.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class FactWithAttribute : FactAttribute
{
    public FactWithAttribute(string tool) => Skip = Tools.WhyNot(tool);
}

/// <summary>The same with rows.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TheoryWithAttribute : TheoryAttribute
{
    public TheoryWithAttribute(string tool) => Skip = Tools.WhyNot(tool);
}
