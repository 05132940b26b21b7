namespace FlashSale.Embedded;

/// <summary>
/// Keeps one kind of line to one in ten seconds. What fails because a store is away fails for every request, and a log that says so each time
/// hides all else.
/// </summary>
internal sealed class LogPace(TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private long? _saidAt;
    private int _unsaid;

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="unsaid">How many were not since the last one.</param>
    internal bool MaySay(out int unsaid)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            unsaid = _unsaid;
            if (_saidAt is { } saidAt && time.GetElapsedTime(saidAt, now) < Every)
            {
                _unsaid++;
                return false;
            }

            _saidAt = now;
            _unsaid = 0;
            return true;
        }
    }
}
