using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;

namespace FlashSale.Drop.Check;

/// <summary>Judges the run as a whole: whether it came to its end, what was answered that should not have been, what the audit found. Pure.</summary>
internal sealed class RunCheck(DropOptions options, Differences differences)
{
    public void Judge(Tally tally, Timeline timeline, ShelfEnd end, AuditView audit)
    {
        if (!end.InTime)
            differences.Add("time", $"after {end.Took.TotalSeconds:0} s {end.StillActive} shoppers were still acting and {end.StillWaiting} waiting for stock.");
        foreach (var promise in audit.Promises.Where(promise => !promise.Holds))
            differences.Add("audit", $"{promise.Id} does not hold: {promise.Detail}");
        if (!audit.Holds)
            differences.Add("audit", "the server's own audit says that its promises do not hold.");
        Tolerate("overloaded", tally[AnswerKind.Overloaded]);
        Tolerate("rate_limited", tally[AnswerKind.RateLimited]);
        foreach (var (code, (count, sample)) in tally.Odd.Where(odd => !options.Allows(odd.Key[(odd.Key.IndexOf(' ') + 1)..])))
            differences.Add("odd", $"{code}, {count} times, first: {sample}");
        if (options is { Kill: not null, Allowed.Count: 0, ServerCount: 1 })
            JudgeBeforeKill(timeline);
    }

    /// <summary>A kill excuses what follows it, and nothing before.</summary>
    void JudgeBeforeKill(Timeline timeline)
    {
        var seconds = timeline.Marks.Count > 0 ? (int)timeline.Marks[0].At.TotalSeconds : timeline.Seconds.Count;
        var early = timeline.Seconds.Take(seconds).Sum(second => second[AnswerKind.Unavailable] + second[AnswerKind.Broken]);
        if (early > 0)
            differences.Add("odd", $"{early} answers were unavailable or lost before anything was killed.");
    }

    void Tolerate(string code, long count)
    {
        if (count > 0 && !options.Allows(code))
            differences.Add(code, $"{count} answers were {code}; none should be. A crowd beyond the server's limits runs with --allow {code}.");
    }
}
