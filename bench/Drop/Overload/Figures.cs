using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Overload;

/// <summary>What a load was answered, and how fast. Written by all its connections.</summary>
internal sealed class Figures(TimeSpan start)
{
    // As fine as recovery is told.
    static readonly TimeSpan SliceLength = TimeSpan.FromMilliseconds(250);

    readonly Lock _lock = new();
    readonly SortedDictionary<string, Code> _codes = new(StringComparer.Ordinal);
    readonly List<Slice> _slices = [];

    public TimeSpan Start { get; } = start;

    /// <summary>When the last answer had come.</summary>
    public TimeSpan End { get; set; }

    /// <summary>Turns that came due, in an open loop.</summary>
    public long Offered { get; set; }

    public IReadOnlyDictionary<string, Code> Codes => _codes;

    public IReadOnlyList<Slice> Slices => _slices;

    public long Answered => _codes.Values.Sum(code => code.FromTurn.Count);

    public void Count(Answer answer, TimeSpan due, TimeSpan sent, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_codes.TryGetValue(answer.Code, out var code))
                _codes.Add(answer.Code, code = new Code());
            code.FromTurn.Record(now - due);
            code.FromSending.Record(now - sent);
            if (answer.RetryAfter is { Ticks: > 0 } retry)
                code.Comeback.Record(retry);
            var slice = (int)((now - Start) / SliceLength);
            while (_slices.Count <= slice)
                _slices.Add(new Slice());
            if (answer.Kind == AnswerKind.Held)
                _slices[slice].Held.Record(now - sent);
            else
                _slices[slice].Others++;
        }
    }

    /// <summary>From when on nobody is turned away any more and 95 of 100 purchases take no longer than that; null: not within this load.</summary>
    public TimeSpan? NormalAfter(TimeSpan longest)
    {
        var last = _slices.FindLastIndex(slice => slice.Others > 0 || slice.Held.Percentile(95) > longest);
        return last + 1 == _slices.Count ? null : (last + 1) * SliceLength;
    }

    /// <summary>Latencies of one code: from when it was the purchase's turn, and from when it was sent.</summary>
    public sealed class Code
    {
        public LatencyHistogram FromTurn { get; } = new();

        public LatencyHistogram FromSending { get; } = new();

        public LatencyHistogram Comeback { get; } = new();
    }

    /// <summary>A quarter of a second.</summary>
    public sealed class Slice
    {
        public LatencyHistogram Held { get; } = new();

        public int Others { get; set; }
    }
}
