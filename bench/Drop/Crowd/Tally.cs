namespace FlashSale.Drop.Crowd;

/// <summary>What one worker counted. One writer; the progress line reads the totals while they grow, the rest is read when all workers are done.</summary>
internal sealed class Tally
{
    readonly long[] _byKind = new long[Enum.GetValues<AnswerKind>().Length];
    readonly Dictionary<string, (long Count, string Sample)> _odd = new(StringComparer.Ordinal);
    long _requests;

    /// <summary>Hold and release requests sent, those without an answer included.</summary>
    public long Requests => Volatile.Read(ref _requests);

    public long DoubleTaps { get; set; }

    public long Desertions { get; set; }

    public long Abandonments { get; set; }

    public long Returns { get; set; }

    public long Repeats { get; set; }

    /// <summary>Codes outside the contract of this run, each with how often and the first body.</summary>
    public IReadOnlyDictionary<string, (long Count, string Sample)> Odd => _odd;

    public long this[AnswerKind kind] => Volatile.Read(ref _byKind[(int)kind]);

    public void CountRequest() => Volatile.Write(ref _requests, _requests + 1);

    public void CountAnswer(string call, in Answer answer, string? trouble)
    {
        Volatile.Write(ref _byKind[(int)answer.Kind], _byKind[(int)answer.Kind] + 1);
        if (answer.Kind is AnswerKind.Odd or AnswerKind.Unavailable or AnswerKind.Broken)
            CountOdd($"{call} {answer.Code}", trouble ?? Text.Start(answer.Body.Span));
    }

    public void Add(Tally other)
    {
        for (var i = 0; i < _byKind.Length; i++)
            _byKind[i] += other._byKind[i];
        foreach (var (code, (count, sample)) in other._odd)
            CountOdd(code, sample, count);
        _requests += other._requests;
        DoubleTaps += other.DoubleTaps;
        Desertions += other.Desertions;
        Abandonments += other.Abandonments;
        Returns += other.Returns;
        Repeats += other.Repeats;
    }

    void CountOdd(string code, string sample, long count = 1)
    {
        var (before, first) = _odd.GetValueOrDefault(code, (0, sample));
        _odd[code] = (before + count, first);
    }
}
