using FlashSale.Grains.Journal;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// One process's connection to the shared store. What it sends arrives, happens and is answered at three moments of the store's own,
/// whatever becomes of the process meanwhile; each of the three may go wrong.
/// </summary>
internal sealed class SimJournal(SimStore store, Lane process, Func<Faults> faults, Action crash) : IJournal
{
    private readonly List<Sent> _underWay = [];

    public string Description => "simulated";

    /// <summary>Told of each reading of the store's clock that reaches the process, and when it was asked for.</summary>
    public Action<TimeSpan, DateTimeOffset>? ClockRead { get; set; }

    private SimScheduler Scheduler => store.Lane.Scheduler;

    private SimRandom Random => Scheduler.Random;

    /// <summary>The process has died: what has not reached the store yet may or may not do so.</summary>
    public void Cut()
    {
        foreach (var sent in _underWay)
        {
            Reach(sent.HasArrived ? Situations.DiedWithGroupAtStore : Situations.DiedWithGroupOnItsWay);
            if (!sent.HasArrived && Random.Chance(0.5)) sent.Lost = true;
        }
    }

    public async Task<DateTimeOffset> ReadClock()
    {
        var asked = Scheduler.Now;
        var clock = await Ask("clock", () => store.Clock);
        ClockRead?.Invoke(asked, clock);
        return clock;
    }

    public Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        JournalArguments.CheckGroup(group);
        var entries = group.Select(e => e with { Events = [.. e.Events] }).ToArray();
        var answer = Promise<bool[]>();
        if (!process.MayAct(deed: true)) return answer.Task;
        var sent = new Sent();
        _underWay.Add(sent);
        var fate = DrawFate();
        if (fate == Fate.Unknown) FailLater(answer, Latency() + Latency());
        store.Lane.After(Latency(), () =>
        {
            sent.HasArrived = true;
            if (Random.Chance(faults().CrashAtGroup)) crash();
            if (sent.Lost || fate == Fate.NeverArrives)
            {
                _underWay.Remove(sent);
                if (entries.Any(e => e.Events.Count > 0)) Reach(Situations.UnknownHadNotHappened);
                FailLater(answer, Latency());
                return;
            }

            Arrive(sent, entries, fate, answer);
        });
        return answer.Task;
    }

    private void Arrive(Sent sent, JournalEntry[] group, Fate fate, TaskCompletionSource<bool[]> answer)
    {
        var by = new object();
        var matched = store.Judge(by, group);
        var writes = group.Any(e => e.Events.Count > 0);
        store.Lane.After(writes ? Latency() : TimeSpan.Zero, () =>
        {
            _underWay.Remove(sent);
            if (fate == Fate.RollsBack)
            {
                Reach(Situations.GroupRolledBack);
                store.Unlock(by, group.Select(e => e.Ledger));
                After(Latency(), () => answer.TrySetException(new JournalRolledBackException("The simulated store refused the group.")));
                return;
            }

            if (fate == Fate.Unknown && writes) Reach(answer.Task.IsCompleted ? Situations.CommittedAfterItsError : Situations.UnknownHadHappened);
            store.CommitGroup(by, group, matched, process);
            Tell(group, matched);
            if (Random.Chance(faults().CrashAtGroup)) crash();
            if (fate == Fate.Happens) After(Latency(), () => answer.TrySetResult(matched));
        });
    }

    public Task<LedgerHead[]> Bump(IReadOnlyList<string> ledgers)
    {
        JournalArguments.CheckLedgers(ledgers);
        var names = ledgers.ToArray();
        var order = names.Order(StringComparer.Ordinal).ToArray();
        var answer = Promise<LedgerHead[]>();
        if (!process.MayAct(deed: true)) return answer.Task;
        var fate = DrawFate();
        var by = new object();
        if (fate is Fate.Unknown or Fate.NeverArrives) FailLater(answer, Latency() + Latency());
        if (fate != Fate.NeverArrives) store.Lane.After(Latency(), () => Lock(0));
        return answer.Task;

        // One after the other in key order, as a statement would: two bumps never wait for each other in a ring.
        void Lock(int next)
        {
            if (next < order.Length)
            {
                if (store.IsLocked(order[next])) Reach(Situations.BumpWaited);
                store.LockForBump(by, order[next], () => Lock(next + 1));
            }
            else store.Lane.After(Latency(), Finish);
        }

        void Finish()
        {
            if (fate == Fate.Unknown) Reach(Situations.UnknownBumpHadHappened);
            var heads = fate == Fate.RollsBack ? null : Array.ConvertAll(names, name => store.Bump(name, process));
            store.Unlock(by, order);
            if (heads is null) After(Latency(), () => answer.TrySetException(new JournalRolledBackException("The simulated store refused the bump.")));
            else if (fate == Fate.Happens) After(Latency(), () => answer.TrySetResult(heads));
            foreach (var name in order) Scheduler.Say($"store   bump {name} -> {store.Head(name).Epoch}.{store.Head(name).Seq} for {process.Name}");
        }
    }

    public Task<LedgerContents[]> Read(IReadOnlyList<LedgerRead> reads)
    {
        JournalArguments.CheckReads(reads);
        var wanted = reads.ToArray();
        return Ask("read", () => Array.ConvertAll(wanted, read => store.Read(read, process)));
    }

    public Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit) =>
        Ask("page", () => store.Events(ledger, after, limit), () => Reach(Situations.ReplayFailed));

    public Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit) => Ask("list", () => store.List(prefix, after, limit));

    public Task WriteSnapshot(string ledger, Snapshot snapshot)
    {
        JournalArguments.CheckSnapshot(ledger, snapshot);
        if (Random.Chance(faults().SnapshotFails))
        {
            Reach(Situations.SnapshotFailed);
            var answer = Promise<bool>();
            FailLater(answer, Latency(), "snapshot");
            return answer.Task;
        }

        return Ask("snapshot", () =>
        {
            store.Keep(ledger, snapshot, useless: Random.Chance(faults().SnapshotUseless) ? Random.Pick([Uselessness.Damaged, Uselessness.OfANewerVersion]) : Uselessness.None);
            return true;
        });
    }

    public Task<bool> TryLease(string name, string owner, TimeSpan length) => Ask("lease", () => store.TryLease(name, owner, length));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Ask<T>(string what, Func<T> look, Action? failed = null)
    {
        var answer = Promise<T>();
        if (!process.MayAct(deed: true)) return answer.Task;
        var fate = DrawFate();
        store.Lane.After(Latency(), () =>
        {
            var found = fate is Fate.Happens or Fate.Unknown ? look() : default!;
            if (fate == Fate.Happens)
            {
                After(Latency(), () => answer.TrySetResult(found));
                return;
            }

            failed?.Invoke();
            FailLater(answer, Latency(), what);
        });
        return answer.Task;
    }

    // The promise of a dead process is never kept.
    private static TaskCompletionSource<T> Promise<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void FailLater<T>(TaskCompletionSource<T> answer, TimeSpan delay, string what = "group") =>
        After(delay, () => answer.TrySetException(new IOException($"The connection to the simulated store broke during a {what}.")));

    // The answer travels in the process's own time: a dead process hears none.
    private void After(TimeSpan delay, Action action) => process.After(delay, action);

    private void Reach(Situation situation) => Scheduler.Trace.Reach(situation);

    private Fate DrawFate()
    {
        var now = faults();
        var draw = Random.Fraction();
        if (draw < now.StoreRollsBack) return Fate.RollsBack;
        draw -= now.StoreRollsBack;
        if (draw >= now.StoreUnknown) return Fate.Happens;
        return draw < now.StoreUnknown / 2 ? Fate.Unknown : Fate.NeverArrives;
    }

    private TimeSpan Latency() =>
        Random.Chance(faults().StoreSlow) ? Random.Milliseconds(50, 2_500) : TimeSpan.FromMicroseconds(Random.Between(100, 3_000));

    private void Tell(JournalEntry[] group, bool[] matched)
    {
        if (matched.Contains(false) && group.Where((e, i) => matched[i] && e.Events.Count > 0).Any()) Reach(Situations.FenceSparedNeighbours);
        for (var i = 0; i < group.Length; i++)
        {
            var entry = group[i];
            Scheduler.Trace.Add(entry.Ledger);
            Scheduler.Trace.Add(entry.Seq + (matched[i] ? 1 << 20 : 0));
            if (matched[i])
            {
                foreach (var e in entry.Events) Scheduler.Say($"store   {entry.Ledger} {entry.Epoch}.{e.Seq} type {e.Type} {e.Payload} of {process.Name}");
                continue;
            }

            Reach(entry.Events.Count > 0 ? Situations.GroupFenced : Situations.CheckFenced);
            if (store.Owner(entry.Ledger) == process && store.Head(entry.Ledger).Epoch > entry.Epoch) Reach(Situations.FencedByOwnSuccessor);
            Scheduler.Say($"store   fenced {entry.Ledger} at {entry.Epoch}.{entry.Seq} of {process.Name}");
        }
    }

    private enum Fate
    {
        Happens,
        RollsBack,

        /// <summary>It happens, and the process hears an error, perhaps before it has happened.</summary>
        Unknown,
        NeverArrives,
    }

    private sealed class Sent
    {
        public bool HasArrived { get; set; }

        public bool Lost { get; set; }
    }
}
