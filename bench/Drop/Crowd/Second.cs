namespace FlashSale.Drop.Crowd;

/// <summary>What happened in one second since the opening.</summary>
internal sealed class Second
{
    readonly long[] _answers = new long[Enum.GetValues<AnswerKind>().Length];

    /// <summary>Shoppers whose turn to act came in this second. A closed loop has no turns.</summary>
    public long Due { get; set; }

    /// <summary>Turns that began in this second.</summary>
    public long Started { get; set; }

    /// <summary>Of holds whose turn came in this second, whenever they were answered.</summary>
    public LatencyHistogram LatencyOfTurns { get; } = new();

    /// <summary>Of holds that were answered in this second.</summary>
    public LatencyHistogram LatencyOfAnswers { get; } = new();

    public IReadOnlyList<long> Answers => _answers;

    public long this[AnswerKind kind] => _answers[(int)kind];

    public void CountAnswer(AnswerKind kind) => _answers[(int)kind]++;
}

/// <summary>Something that was done to the servers, and when since the opening.</summary>
internal readonly record struct Mark(TimeSpan At, string Text);
