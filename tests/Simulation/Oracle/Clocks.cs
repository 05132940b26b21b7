namespace FlashSale.Simulation.Tests;

/// <summary>
/// What the ledger clocks of all processes showed in a run, read from outside, and what the store's clock said when a process asked it: P6 says that
/// a ledger clock begins with the store's, never goes back, and is led after it only by running a little faster or slower.
/// </summary>
internal sealed class Clocks
{
    /// <summary>A process's own clock runs wrong by at most so much (2,000 ppm), and ledger time is led by at most 1 %.</summary>
    private const double MostSlew = 0.01 + 0.002 + 0.0001;

    private static readonly TimeSpan Rounding = TimeSpan.FromMilliseconds(2);

    /// <summary>A process that is not looked at for so long is dead.</summary>
    private static readonly TimeSpan LookedAtEvery = TimeSpan.FromMilliseconds(600);

    /// <summary>A reading that took longer than this says too little about the moment that it is of.</summary>
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(20);

    private readonly SortedDictionary<string, List<Reading>> _readings = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, List<Comparison>> _comparisons = new(StringComparer.Ordinal);

    /// <summary>The ledger clock of a process was looked at.</summary>
    public void Shown(string process, TimeSpan at, DateTimeOffset ledger)
    {
        if (!_readings.TryGetValue(process, out var readings)) _readings.Add(process, readings = []);
        if (readings.Count == 0 || readings[^1].At < at) readings.Add(new Reading(at, ledger));
    }

    /// <summary>A process was told what the store's clock says; its ledger clock showed this then, if it ran already.</summary>
    public void Compared(string process, TimeSpan asked, TimeSpan heard, DateTimeOffset? ledger, DateTimeOffset store)
    {
        if (!_comparisons.TryGetValue(process, out var comparisons)) _comparisons.Add(process, comparisons = []);
        comparisons.Add(new Comparison(asked, heard, ledger, store));
    }

    /// <summary>Every process's ledger clock was in here from one moment to the other.</summary>
    public (DateTimeOffset Earliest, DateTimeOffset Latest) Between(TimeSpan from, TimeSpan to)
    {
        var (earliest, latest) = (DateTimeOffset.MaxValue, DateTimeOffset.MinValue);
        foreach (var readings in _readings.Values)
        {
            if (readings[0].At > to || readings[^1].At + LookedAtEvery < from) continue;
            var (first, last) = (At(readings, from, -MostSlew), At(readings, to, MostSlew));
            if (first < earliest) earliest = first;
            if (last > latest) latest = last;
        }

        // Where nothing runs nobody judges: the widest range contradicts nothing.
        return latest < earliest ? (DateTimeOffset.MinValue, DateTimeOffset.MaxValue) : (earliest, latest);
    }

    /// <summary>The farthest that a process's ledger clock was from another one's at one moment.</summary>
    public TimeSpan Spread { get; private set; }

    /// <summary>The farthest that a process's ledger clock was from what any other one's would have shown then, even if that one lived at another time.</summary>
    public TimeSpan Apart { get; private set; }

    /// <summary>P6 of the clocks themselves, and of the times that events were given.</summary>
    /// <param name="commits">The journal.</param>
    /// <param name="clockSteps">How often the store's clock was stepped.</param>
    /// <param name="findings">Where it goes.</param>
    public void Check(IReadOnlyList<Commit> commits, int clockSteps, Findings findings)
    {
        foreach (var (process, readings) in _readings)
        {
            for (var i = 1; i < readings.Count; i++) Runs(process, readings[i - 1], readings[i], findings);
        }

        foreach (var (process, comparisons) in _comparisons)
        {
            Begins(process, comparisons[0], findings);
            for (var i = 1; clockSteps == 0 && i < comparisons.Count; i++) Follows(process, comparisons[i - 1], comparisons[i], findings);
        }

        foreach (var commit in commits) Stamped(commit, findings);
        Measure();
    }

    private static void Runs(string process, Reading before, Reading after, Findings findings)
    {
        var (time, ledger) = (after.At - before.At, after.Ledger - before.Ledger);
        findings.Check("P6", ledger >= TimeSpan.Zero, () => $"{process}: ledger time went back by {-ledger} at {after.At}");
        findings.Check("P6", (ledger - time).Duration() <= (time * MostSlew) + Rounding, () => $"{process}: ledger time stepped by {ledger} in {time} at {after.At}");
    }

    private void Begins(string process, Comparison first, Findings findings)
    {
        if (!_readings.TryGetValue(process, out var readings) || readings[0].At < first.Heard) return;
        var since = readings[0].At - first.Heard;
        var shown = readings[0].Ledger - since;
        findings.Check(
            "P6",
            shown >= first.Store - Rounding && shown <= first.Store + (first.Heard - first.Asked) + Rounding,
            () => $"{process}: ledger time began with {shown:O}, the store's clock said {first.Store:O}");
    }

    // Only between two readings that say exactly what they are of: then the difference shrinks, or is nothing that matters.
    private static void Follows(string process, Comparison before, Comparison after, Findings findings)
    {
        if (before.Ledger is not { } first || after.Ledger is not { } last) return;
        if (before.Heard - before.Asked > Quick || after.Heard - after.Asked > Quick || after.Heard - before.Heard > TimeSpan.FromSeconds(65)) return;
        var (was, remains) = ((first - before.Store).Duration(), (last - after.Store).Duration());
        var due = was - TimeSpan.FromMilliseconds(450);
        if (due < TimeSpan.FromMilliseconds(250)) due = TimeSpan.FromMilliseconds(250);
        findings.Check("P6", remains <= due, () => $"{process}: a minute after ledger time was off by {was} it is off by {remains}");
    }

    // An event may wait for its group, but it is never of a time that its process's ledger clock had not reached.
    private void Stamped(Commit commit, Findings findings)
    {
        if (!_readings.TryGetValue(commit.By, out var readings) || readings[0].At > commit.Time) return;
        var now = At(readings, commit.Time, MostSlew);
        findings.Check("P6", commit.Row.At <= now + Rounding, () => $"{commit.Ledger}#{commit.Row.Seq} is of {commit.Row.At:O}, but its process's ledger clock showed {now:O}");
    }

    private void Measure()
    {
        var errors = _readings.Values.SelectMany(r => r.Select(one => one.Ledger - SimScheduler.Epoch - one.At)).ToArray();
        if (errors.Length > 0) Apart = errors.Max() - errors.Min();
        foreach (var at in _readings.Values.SelectMany(r => r.Select(one => one.At)))
        {
            var (earliest, latest) = Between(at, at);
            if (latest != DateTimeOffset.MaxValue && latest - earliest > Spread) Spread = latest - earliest;
        }
    }

    // From the reading before, or the first one there is, by as much as the clock may have run since.
    private static DateTimeOffset At(List<Reading> readings, TimeSpan at, double slew)
    {
        var index = readings.BinarySearch(new Reading(at, default), ByTime);
        var reading = readings[index >= 0 ? index : Math.Max(0, ~index - 1)];
        var since = at - reading.At;
        return reading.Ledger + since + ((since.Duration() * slew) + (slew < 0 ? -Rounding : Rounding));
    }

    private static readonly Comparer<Reading> ByTime = Comparer<Reading>.Create((a, b) => a.At.CompareTo(b.At));

    private readonly record struct Reading(TimeSpan At, DateTimeOffset Ledger);

    private readonly record struct Comparison(TimeSpan Asked, TimeSpan Heard, DateTimeOffset? Ledger, DateTimeOffset Store);
}
