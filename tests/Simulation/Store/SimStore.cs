using FlashSale.Grains.Journal;

namespace FlashSale.Simulation.Tests;

/// <summary>One durable event and the moment it became so: the order of all commits of a run is the order of <see cref="Index"/>.</summary>
/// <param name="Index">0 and up.</param>
/// <param name="Time">Virtual time.</param>
/// <param name="Ledger">Which.</param>
/// <param name="Row">As stored.</param>
/// <param name="By">The process that wrote it.</param>
internal sealed record Commit(int Index, TimeSpan Time, string Ledger, EventRow Row, string By = "");

/// <summary>A snapshot as a process wanted it kept, and how many events were durable then.</summary>
internal sealed record WrittenSnapshot(string Ledger, Snapshot Snapshot, LedgerHead Head);

/// <summary>What a store may do wrong on purpose, to prove that the oracle would notice.</summary>
internal enum StoreBug
{
    None,

    /// <summary>Lets every write in, behind whatever is there.</summary>
    NoFence,

    /// <summary>Looks at the seq only.</summary>
    NoEpochs,

    /// <summary>Confirms every bare check.</summary>
    BlindChecks,

    /// <summary>Writes only the first ledger of a group and says that it wrote all.</summary>
    TornGroups,
}

/// <summary>Why nobody can use a snapshot that is kept.</summary>
internal enum Uselessness
{
    None,
    Damaged,
    OfANewerVersion,
}

/// <summary>
/// The rows that all simulated processes share, with the locks that PostgreSQL would hold: a group locks the heads that it moves from the
/// moment it is judged until it has committed; a bump waits for them, another group is fenced by them.
/// </summary>
internal sealed class SimStore(Lane lane)
{
    private readonly Dictionary<string, Rows> _ledgers = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Owner, DateTimeOffset Until)> _leases = new(StringComparer.Ordinal);
    private TimeSpan _clockError;

    public Lane Lane => lane;

    /// <summary>What is wrong with it.</summary>
    public StoreBug Bug { get; init; }

    public List<Commit> Commits { get; } = [];

    public List<WrittenSnapshot> Snapshots { get; } = [];

    /// <summary>Its own clock, which an administrator may step.</summary>
    public DateTimeOffset Clock => SimScheduler.Epoch + lane.Scheduler.Now + _clockError;

    /// <summary>How often its clock was stepped.</summary>
    public int ClockSteps { get; private set; }

    /// <summary>Every head that is no fold of commits but a fact of its own: the oracle compares them.</summary>
    public IEnumerable<(string Ledger, LedgerHead Head)> Heads => _names.Select(name => (name, Head(name)));

    public LedgerHead Head(string ledger) => _ledgers.TryGetValue(ledger, out var rows) ? rows.Head : default;

    /// <summary>Who took the right to write last.</summary>
    public Lane? Owner(string ledger) => _ledgers.GetValueOrDefault(ledger)?.Owner;

    public bool IsLocked(string ledger) => _ledgers.TryGetValue(ledger, out var rows) && rows.LockedBy is not null;

    public void StepClock(TimeSpan step)
    {
        _clockError += step;
        ClockSteps++;
    }

    /// <summary>Judges a group and locks what it will change.</summary>
    public bool[] Judge(object by, IReadOnlyList<JournalEntry> group)
    {
        var matched = new bool[group.Count];
        foreach (var i in Enumerable.Range(0, group.Count).OrderBy(i => group[i].Ledger, StringComparer.Ordinal))
        {
            var entry = group[i];
            matched[i] = Bug == StoreBug.NoFence
                || (Bug == StoreBug.BlindChecks && entry.Events.Count == 0)
                || (IsCurrent(entry) && !IsLocked(entry.Ledger));
            if (matched[i] && entry.Events.Count > 0) RowsOf(entry.Ledger).LockedBy ??= by;
        }

        return matched;
    }

    public void CommitGroup(object by, IReadOnlyList<JournalEntry> group, bool[] matched, Lane writer)
    {
        for (var i = 0; i < group.Count; i++)
        {
            if (!matched[i] || group[i].Events.Count == 0) continue;
            if (Bug == StoreBug.TornGroups && i > 0) continue;
            var rows = RowsOf(group[i].Ledger);
            foreach (var row in group[i].Events)
            {
                // With the fence switched off a row goes behind whatever is there.
                var kept = Bug == StoreBug.NoFence ? row with { Seq = rows.Head.Seq + 1 } : row;
                if (kept.Seq != rows.Head.Seq + 1) throw new InvalidOperationException($"{group[i].Ledger}: event {kept.Seq} after {rows.Head.Seq}.");
                rows.Events.Add(kept);
                rows.Head = new LedgerHead(Math.Max(1, rows.Head.Epoch), kept.Seq);
                Commits.Add(new Commit(Commits.Count, lane.Scheduler.Now, group[i].Ledger, kept, writer.Name));
            }

            rows.Owner ??= writer;
            _names.Add(group[i].Ledger);
        }

        Unlock(by, group.Select(e => e.Ledger));
    }

    /// <summary>Releases the locks, and lets those who wait for them go on.</summary>
    public void Unlock(object by, IEnumerable<string> ledgers)
    {
        foreach (var ledger in ledgers)
        {
            if (!_ledgers.TryGetValue(ledger, out var rows) || rows.LockedBy != by) continue;
            rows.LockedBy = null;
            if (rows.Waiting.TryDequeue(out var next)) next();
        }
    }

    /// <summary>Locks for a bump: now, or as soon as whoever has it, or is making it, lets go.</summary>
    public void LockForBump(object by, string ledger, Action locked)
    {
        var rows = RowsOf(ledger);
        if (rows.LockedBy is null || Bug == StoreBug.NoFence)
        {
            rows.LockedBy ??= by;
            locked();
        }
        else rows.Waiting.Enqueue(() => LockForBump(by, ledger, locked));
    }

    public LedgerHead Bump(string ledger, Lane taker)
    {
        var rows = RowsOf(ledger);
        _names.Add(ledger);
        if (rows.Owner is { IsDead: false } owner && owner != taker && ++rows.Taken == 3) lane.Scheduler.Trace.Reach(Situations.FoughtOver);
        rows.Owner = taker;
        return rows.Head = rows.Head with { Epoch = rows.Head.Epoch + 1 };
    }

    public LedgerContents Read(LedgerRead wanted, Lane reader)
    {
        var rows = _ledgers.GetValueOrDefault(wanted.Ledger);
        if (rows is null) return new LedgerContents(default, null, []);
        if (rows.Owner is { IsDead: false } owner && owner != reader) lane.Scheduler.Trace.Reach(Situations.Followed);
        var snapshot = wanted.After is null && rows.Snapshot is { } kept && kept.Seq <= rows.Head.Seq ? kept : null;
        if (snapshot is not null)
        {
            lane.Scheduler.Trace.Reach(rows.Useless switch
            {
                Uselessness.Damaged => Situations.DamagedSnapshotIgnored,
                Uselessness.OfANewerVersion => Situations.NewerSnapshotIgnored,
                _ => Situations.BegunFromSnapshot,
            });
        }

        return new LedgerContents(rows.Head, snapshot, Events(wanted.Ledger, wanted.After ?? snapshot?.Seq ?? 0, wanted.EventsMost));
    }

    public IReadOnlyList<EventRow> Events(string ledger, long after, int limit) =>
        _ledgers.TryGetValue(ledger, out var rows) ? [.. rows.Events.Skip((int)after).Take(limit)] : [];

    public IReadOnlyList<string> List(string prefix, string? after, int limit) =>
        [.. _names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && (after is null || string.CompareOrdinal(n, after) > 0)).Take(limit)];

    /// <summary>Keeps a snapshot that is newer and not beyond the head, as every store does, perhaps so that nobody can use it.</summary>
    public void Keep(string ledger, Snapshot snapshot, Uselessness useless)
    {
        var rows = RowsOf(ledger);
        Snapshots.Add(new WrittenSnapshot(ledger, snapshot with { Data = snapshot.Data.ToArray() }, rows.Head));
        if (snapshot.Seq > rows.Head.Seq || rows.Snapshot?.Seq >= snapshot.Seq) return;
        rows.Useless = useless;
        rows.Snapshot = useless switch
        {
            Uselessness.Damaged => snapshot with { Data = snapshot.Data[..(snapshot.Data.Length / 2)].ToArray() },
            Uselessness.OfANewerVersion => snapshot with { Format = snapshot.Format + 1, Data = "of a newer version"u8.ToArray() },
            _ => snapshot with { Data = snapshot.Data.ToArray() },
        };
    }

    public bool TryLease(string name, string owner, TimeSpan length)
    {
        var leased = _leases.TryGetValue(name, out var lease);
        if (leased && lease.Owner != owner && lease.Until > Clock) return false;
        if (leased && lease.Owner != owner) lane.Scheduler.Trace.Reach(Situations.LeaseLost);
        _leases[name] = (owner, Clock + length);
        return true;
    }

    private bool IsCurrent(JournalEntry entry) =>
        Head(entry.Ledger) is var head && head.Seq == entry.Seq && (head.Epoch == entry.Epoch || Bug == StoreBug.NoEpochs);

    private Rows RowsOf(string ledger)
    {
        if (!_ledgers.TryGetValue(ledger, out var rows)) _ledgers.Add(ledger, rows = new Rows());
        return rows;
    }

    private sealed class Rows
    {
        public LedgerHead Head { get; set; }

        /// <summary>Who took the right to write last.</summary>
        public Lane? Owner { get; set; }

        /// <summary>How often somebody took it from an owner who still lived.</summary>
        public int Taken { get; set; }

        public List<EventRow> Events { get; } = [];

        public Snapshot? Snapshot { get; set; }

        public Uselessness Useless { get; set; }

        public object? LockedBy { get; set; }

        public Queue<Action> Waiting { get; } = new();
    }
}
