namespace FlashSale.Grains.Ledger;

/// <summary>
/// How long this process leaves a ledger alone that it has lost: 50 ms doubling to the longest, jittered, forgotten after 10 s without another loss.
/// Without it two processes that both want a ledger take it from each other for ever, and get nothing done.
/// </summary>
/// <param name="time">Monotonic time.</param>
/// <param name="jitter">Draws from [0, 1).</param>
/// <param name="longest">What the doubling ends at.</param>
internal sealed class Backoff(TimeProvider time, Func<double> jitter, TimeSpan longest)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan ForgottenAfter = TimeSpan.FromSeconds(10);
    private const int LedgersMost = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Lost> _lost = new(StringComparer.Ordinal);

    /// <summary>The ledger was lost.</summary>
    public void Lose(string ledger)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (_lost.Count >= LedgersMost) _lost.Clear();
            var times = _lost.TryGetValue(ledger, out var before) && !IsForgotten(before, now) ? before.Times + 1 : 1;
            var most = Math.Min(First.TotalMilliseconds * Math.Pow(2, Math.Min(times - 1, 10)), longest.TotalMilliseconds);
            // Half fixed, half drawn: it never opens at once, and two processes do not stay in step.
            _lost[ledger] = new Lost(times, now, TimeSpan.FromMilliseconds(most * (0.5 + (jitter() / 2))));
        }
    }

    /// <summary>How long to wait from now before the ledger may be tried again.</summary>
    public TimeSpan Delay(string ledger)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            if (!_lost.TryGetValue(ledger, out var lost)) return TimeSpan.Zero;
            if (IsForgotten(lost, now))
            {
                _lost.Remove(ledger);
                return TimeSpan.Zero;
            }

            var left = lost.Wait - time.GetElapsedTime(lost.At, now);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    private bool IsForgotten(Lost lost, long now) => time.GetElapsedTime(lost.At, now) > ForgottenAfter;

    private readonly record struct Lost(int Times, long At, TimeSpan Wait);
}
