namespace FlashSale.Drop.Crowd;

/// <summary>
/// The drop second by second, from its opening to its end; what comes before or after is not counted. All workers write, each time a few
/// additions under one lock.
/// </summary>
internal sealed class Timeline
{
    // A bound, not a measure: more than any crowd's arrivals and --keep-going-seconds together.
    const int SecondsMax = 8 * 3600;

    static readonly TimeSpan AroundMark = TimeSpan.FromSeconds(10);

    readonly Lock _lock = new();
    readonly List<Second> _seconds = [];
    readonly List<Mark> _marks = [];
    readonly List<(long Held, TaskCompletionSource Reached)> _awaited = [];
    readonly LatencyHistogram _starts = new(), _decisions = new();
    TimeSpan _origin, _length, _lagMax, _lastDecision, _silenceMax;
    TimeSpan? _lastMark;
    long _held;
    bool _isOpen;

    public IReadOnlyList<Second> Seconds => _seconds;

    public IReadOnlyList<Mark> Marks => _marks;

    /// <summary>From each turn's time until its first request left: the wait for a free connection, and the driver's own slowness.</summary>
    public LatencyHistogram Starts => _starts;

    /// <summary>From a shopper's arrival until it first heard yes or no, retries and pauses included.</summary>
    public LatencyHistogram Decisions => _decisions;

    /// <summary>How late the clock that sends shoppers on their way was, at most. The driver's own fault alone.</summary>
    public TimeSpan LagMax => _lagMax;

    public TimeSpan Length => _length;

    /// <summary>The longest time in which nobody heard yes or no, of those around a mark; at other times there may be nobody to be answered.</summary>
    public TimeSpan SilenceMax => _silenceMax;

    public TimeSpan Origin => _origin;

    public bool IsOpen => Volatile.Read(ref _isOpen);

    public Mark? LastMark
    {
        get
        {
            lock (_lock)
                return _marks.Count > 0 ? _marks[^1] : null;
        }
    }

    public void Begin(TimeSpan now)
    {
        lock (_lock)
            (_origin, _lastDecision, _isOpen) = (now, now, true);
    }

    public void End(TimeSpan now)
    {
        lock (_lock)
            (_length, _isOpen) = (now - _origin, false);
    }

    public void AddMark(string text, TimeSpan now)
    {
        lock (_lock)
        {
            _marks.Add(new Mark(now - _origin, text));
            _lastMark = now;
        }
    }

    /// <summary>Ends when so many holds were answered 201; at the end of the drop it may not have.</summary>
    public Task WhenHeldAsync(long count)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_held >= count)
                reached.SetResult();
            else
                _awaited.Add((count, reached));
        }

        return reached.Task;
    }

    public void CountDue(TimeSpan due, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_isOpen)
                return;
            At(due).Due++;
            if (now - due > _lagMax)
                _lagMax = now - due;
        }
    }

    public void CountStart(TimeSpan? due, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_isOpen)
                return;
            At(now).Started++;
            if (due is { } turn)
                _starts.Record(now - turn);
        }
    }

    public void CountAnswer(AnswerKind kind, TimeSpan now)
    {
        lock (_lock)
        {
            if (_isOpen)
                At(now).CountAnswer(kind);
        }
    }

    /// <param name="from">When it was the shopper's turn; in a closed loop, when the request was sent.</param>
    public void CountHold(AnswerKind kind, bool isDecision, TimeSpan from, TimeSpan now)
    {
        lock (_lock)
        {
            if (!_isOpen)
                return;
            var second = At(now);
            second.CountAnswer(kind);
            if (kind == AnswerKind.Broken)
                return;
            second.LatencyOfAnswers.Record(now - from);
            At(from).LatencyOfTurns.Record(now - from);
            if (isDecision)
                HearDecision(kind, now);
        }
    }

    public void CountFirstDecision(TimeSpan arrived, TimeSpan now)
    {
        lock (_lock)
        {
            if (_isOpen)
                _decisions.Record(now - arrived);
        }
    }

    /// <summary>All latencies together, of turns.</summary>
    public LatencyHistogram Latency()
    {
        var all = new LatencyHistogram();
        lock (_lock)
            foreach (var second in _seconds)
                all.Add(second.LatencyOfTurns);
        return all;
    }

    /// <summary>The last whole seconds before now, at most so many: answers by kind per second, and the latency of these answers.</summary>
    public (double[] PerSecond, LatencyHistogram Latency) Recent(TimeSpan now, int seconds)
    {
        var perSecond = new double[Enum.GetValues<AnswerKind>().Length];
        var latency = new LatencyHistogram();
        lock (_lock)
        {
            var end = Math.Min(IndexOf(now), _seconds.Count);
            var start = Math.Max(0, IndexOf(now) - seconds);
            for (var i = start; i < end; i++)
            {
                latency.Add(_seconds[i].LatencyOfAnswers);
                for (var kind = 0; kind < perSecond.Length; kind++)
                    perSecond[kind] += _seconds[i].Answers[kind] / (double)(IndexOf(now) - start);
            }
        }

        return (perSecond, latency);
    }

    void HearDecision(AnswerKind kind, TimeSpan now)
    {
        if (_lastMark is { } mark && _lastDecision - mark < AroundMark && now - _lastDecision > _silenceMax)
            _silenceMax = now - _lastDecision;
        _lastDecision = now;
        if (kind != AnswerKind.Held)
            return;
        _held++;
        foreach (var (_, reached) in _awaited.Where(awaited => awaited.Held == _held))
            reached.TrySetResult();
    }

    Second At(TimeSpan time)
    {
        var index = IndexOf(time);
        while (_seconds.Count <= index)
            _seconds.Add(new Second());
        return _seconds[index];
    }

    int IndexOf(TimeSpan time) => (int)Math.Clamp((time - _origin).TotalSeconds, 0, SecondsMax - 1);
}
