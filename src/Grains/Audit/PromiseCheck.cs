using System.Runtime.CompilerServices;
using FlashSale.Contracts;

namespace FlashSale.Grains.Audit;

/// <summary>Counts the checks of one promise and keeps the first failures.</summary>
internal sealed class PromiseCheck(string id)
{
    private const int ShownMost = 5;

    private readonly List<string> _failures = [];
    private long _checked;
    private long _failed;

    /// <summary>A further text for a failure would not be shown any more.</summary>
    public bool IsFull => _failures.Count >= ShownMost;

    /// <summary>One check.</summary>
    /// <returns><paramref name="holds"/>, so that what depends on it can be left out.</returns>
    public bool Expect(bool holds, Place place, [InterpolatedStringHandlerArgument("", nameof(holds))] FailureText otherwise)
    {
        _checked++;
        if (holds) return true;
        _failed++;
        if (!IsFull) _failures.Add($"{place}: {otherwise.Text}");
        return false;
    }

    public AuditedPromise Report(string wasChecked) => new(
        id,
        _failed == 0,
        _checked,
        _failed == 0 ? wasChecked : $"{_failed} of {_checked} checks failed. {string.Join("; ", _failures)}{(_failed > _failures.Count ? "; ..." : "")}");
}

/// <summary>The text of a failure, made only where there is one and it will be shown.</summary>
[InterpolatedStringHandler]
internal ref struct FailureText
{
    private DefaultInterpolatedStringHandler _text;

    public FailureText(int literalLength, int formattedCount, PromiseCheck promise, bool holds, out bool isWanted)
    {
        isWanted = !holds && !promise.IsFull;
        _text = isWanted ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
    }

    public string Text => _text.ToStringAndClear();

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
}
