namespace FlashSale.Crash.Tests.Failpoints;

/// <summary>Where the journal can be stopped.</summary>
internal enum Point
{
    /// <summary>A group with events of the ledger was formed; the store has heard nothing of it.</summary>
    BeforeGroup,

    /// <summary>Events of one of the ledgers are durable, those of the others are not.</summary>
    BetweenLedgers,

    /// <summary>A group with events of the ledger is durable; nobody has heard of it.</summary>
    AfterCommit,

    /// <summary>A snapshot of the ledger is about to be written.</summary>
    Snapshot,

    /// <summary>A page of the ledger's events was read, and is about to be replayed.</summary>
    Replay,
}

/// <summary>
/// One point at which this process stops, all calls on its journal included, until it is told to go on or killed. Lines that it obeys:
/// <c>BeforeGroup stock/sku-shoe 2</c> (stop when that happens for the second time from now on; <c>stock/</c> is any stock ledger) and <c>go</c>.
/// </summary>
/// <param name="output">Hears <see cref="IsSet"/> and <see cref="IsReached"/>.</param>
internal sealed class Failpoint(TextWriter output)
{
    public const string Go = "go", IsSet = "failpoint is set", IsReached = "failpoint is reached";

    private readonly Lock _gate = new();
    private (Point Point, string Ledger, int Left)? _set;
    private TaskCompletionSource? _stopped;

    public void Obey(string line)
    {
        if (line == Go)
        {
            lock (_gate)
            {
                _stopped?.SetResult();
                _stopped = null;
            }

            return;
        }

        var words = line.Split(' ');
        lock (_gate) _set = (Enum.Parse<Point>(words[0]), words[1], int.Parse(words[2]));
        output.WriteLine(IsSet);
    }

    /// <summary>Ends at once, unless the process is stopped: then when it goes on.</summary>
    public Task Pass()
    {
        lock (_gate) return _stopped?.Task ?? Task.CompletedTask;
    }

    /// <summary>True where this ledger is the one of the point that is set.</summary>
    public bool Concerns(Point point, string ledger)
    {
        lock (_gate) return _set is { } set && set.Point == point && ledger.StartsWith(set.Ledger, StringComparison.Ordinal);
    }

    /// <summary>The point that is set has come, for a ledger that it concerns.</summary>
    public Task Reach()
    {
        lock (_gate)
        {
            if (_set is not { } set) return Task.CompletedTask;
            _set = set.Left > 1 ? set with { Left = set.Left - 1 } : null;
            if (_set is not null) return Task.CompletedTask;
            _stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        output.WriteLine(IsReached);
        return Pass();
    }
}
