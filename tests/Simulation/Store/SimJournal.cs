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

    private SimScheduler Scheduler => store.Lane.Scheduler;

    private SimRandom Random => Scheduler.Random;

    /// <summary>The process has died: what has not reached the store yet may or may not do so.</summary>
    public void Cut()
    {
        foreach (var sent in _underWay)
        {
            Scheduler.Trace.Reach(sent.HasArrived ? "crash with a group at the store" : "crash with a group on its way");
            if (!sent.HasArrived && Random.Chance(0.5)) sent.Lost = true;
        }
    }

    public Task<DateTimeOffset> ReadClock() => Ask("clock", () => store.Clock + Random.Milliseconds(-5, 5));

    public Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        JournalArguments.CheckGroup(group);
        var entries = group.Select(e => e with { Events = [.. e.Events] }).ToArray();
        var sent = new Sent();
        _underWay.Add(sent);
        var answer = new TaskCompletionSource<bool[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fate = DrawFate();
        if (fate == Fate.Unknown) FailLater(answer, Latency() + Latency());
        store.Lane.After(Latency(), () =>
        {
            sent.HasArrived = true;
            if (Random.Chance(faults().CrashAtGroup)) crash();
            if (sent.Lost || fate == Fate.NeverArrives)
            {
                _underWay.Remove(sent);
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
        if (fate == Fate.Unknown && group.Any(e => e.Events.Count > 0)) Scheduler.Trace.Reach("group with an unknown outcome happened");
        store.Lane.After(group.Any(e => e.Events.Count > 0) ? Latency() : TimeSpan.Zero, () =>
        {
            _underWay.Remove(sent);
            if (fate == Fate.RollsBack)
            {
                Scheduler.Trace.Reach("group rolled back");
                store.Unlock(by, group.Select(e => e.Ledger));
                After(Latency(), () => answer.TrySetException(new JournalRolledBackException("The simulated store refused the group.")));
                return;
            }

            if (fate == Fate.Unknown && answer.Task.IsCompleted) Scheduler.Trace.Reach("group committed after its error was seen");
            store.CommitGroup(by, group, matched);
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
        var answer = new TaskCompletionSource<LedgerHead[]>(TaskCreationOptions.RunContinuationsAsynchronously);
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
                if (store.IsLocked(order[next])) Scheduler.Trace.Reach("bump waited for a group in flight");
                store.LockForBump(by, order[next], () => Lock(next + 1));
            }
            else store.Lane.After(Latency(), Finish);
        }

        void Finish()
        {
            var heads = fate == Fate.RollsBack ? null : Array.ConvertAll(names, store.Bump);
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
        return Ask("read", () => Array.ConvertAll(wanted, store.Read));
    }

    public Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit) => Ask("events", () => store.Events(ledger, after, limit));

    public Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit) => Ask("list", () => store.List(prefix, after, limit));

    public Task WriteSnapshot(string ledger, Snapshot snapshot)
    {
        JournalArguments.CheckSnapshot(ledger, snapshot);
        return Ask("snapshot", () =>
        {
            Scheduler.Trace.Reach("snapshot written");
            store.Keep(ledger, snapshot);
            return true;
        });
    }

    public Task<bool> TryLease(string name, string owner, TimeSpan length) => Ask("lease", () => store.TryLease(name, owner, length));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private Task<T> Ask<T>(string what, Func<T> look)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        var fate = DrawFate();
        store.Lane.After(Latency(), () =>
        {
            var found = fate is Fate.Happens or Fate.Unknown ? look() : default!;
            if (fate == Fate.Happens) After(Latency(), () => answer.TrySetResult(found));
            else FailLater(answer, Latency(), what);
        });
        return answer.Task;
    }

    private void FailLater<T>(TaskCompletionSource<T> answer, TimeSpan delay, string what = "group") =>
        After(delay, () => answer.TrySetException(new IOException($"The connection to the simulated store broke during a {what}.")));

    // The answer travels in the process's own time: a dead process hears none.
    private void After(TimeSpan delay, Action action) => process.After(delay, action);

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
        for (var i = 0; i < group.Length; i++)
        {
            var entry = group[i];
            Scheduler.Trace.Add(entry.Ledger);
            Scheduler.Trace.Add(entry.Seq + (matched[i] ? 1 << 20 : 0));
            if (!matched[i]) Scheduler.Trace.Reach("fenced");
            if (!matched[i]) Scheduler.Say($"store   fenced {entry.Ledger} at {entry.Epoch}.{entry.Seq} of {process.Name}");
            else foreach (var e in entry.Events) Scheduler.Say($"store   {entry.Ledger} {entry.Epoch}.{e.Seq} type {e.Type} {e.Payload} of {process.Name}");
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
