namespace FlashSale.Simulation.Tests;

/// <summary>Runs many seeds, each on one thread, on as many threads as are allowed, and adds up what they show.</summary>
/// <param name="jobs">Threads.</param>
/// <param name="ran">Called after each seed, on the thread that ran it, one at a time.</param>
internal sealed class ManySeeds(int jobs, Action<ManySeeds, Verdict>? ran = null)
{
    private const int FailuresKept = 20;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    /// <summary>A seed takes a tenth of a second, on a busy machine a few.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly List<Verdict> _failures = [];
    private readonly SortedDictionary<ulong, ulong> _hashes = [];
    private readonly Dictionary<Situation, (int Times, int Runs)> _reached = Situations.All.ToDictionary(s => s, _ => (0, 0));
    private readonly SortedDictionary<string, int> _counted = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, int> _checked = new(StringComparer.Ordinal);
    private bool _stopped;

    /// <summary>Seeds that were run.</summary>
    public int Done { get; private set; }

    /// <summary>Seeds that broke a promise; more than are kept in <see cref="Failures"/>.</summary>
    public int Failed { get; private set; }

    /// <summary>SKU histories of which the bounded search could not say whether they are linearizable.</summary>
    public int Undecided { get; private set; }

    public IReadOnlyList<Verdict> Failures => [.. _failures.OrderBy(f => f.Recipe.Seed)];

    public IReadOnlyDictionary<ulong, ulong> Hashes => _hashes;

    /// <summary>How often each rare situation was reached, and in how many runs.</summary>
    public IReadOnlyDictionary<Situation, (int Times, int Runs)> Reached => _reached;

    public IReadOnlyDictionary<string, int> Counted => _counted;

    public IReadOnlyDictionary<string, int> Checked => _checked;

    public IEnumerable<Situation> NeverReached => Situations.All.Where(s => _reached[s].Runs == 0);

    public void Run(IEnumerable<Recipe> recipes, bool untilFailure = false)
    {
        var source = recipes.GetEnumerator();
        var workers = Enumerable.Range(0, jobs).Select(_ => new Worker()).ToList();
        foreach (var worker in workers)
        {
            worker.Thread = new Thread(() => Work(worker, source, untilFailure)) { IsBackground = true };
            worker.Thread.Start();
        }

        while (workers.Count > 0)
        {
            workers.RemoveAll(w => w.Thread!.Join(LookEvery));
            workers.RemoveAll(w => IsStuck(w, untilFailure));
        }
    }

    private void Work(Worker worker, IEnumerator<Recipe> source, bool untilFailure)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_stopped || worker.IsLeft || !source.MoveNext()) return;
                worker.Recipe = source.Current;
                worker.Since = TimeProvider.System.GetTimestamp();
            }

            Ended(worker, Verdict.Of(worker.Recipe), untilFailure);
        }
    }

    private void Ended(Worker worker, Verdict verdict, bool untilFailure)
    {
        lock (_gate)
        {
            if (worker.IsLeft) return;
            worker.Recipe = null;
            Add(verdict);
            _stopped |= untilFailure && !verdict.Holds;
            ran?.Invoke(this, verdict);
        }
    }

    // A step that loops without an await is no matter of virtual time: nothing but the wall clock notices, and the thread is left behind.
    private bool IsStuck(Worker worker, bool untilFailure)
    {
        Recipe? recipe;
        lock (_gate) recipe = TimeProvider.System.GetElapsedTime(worker.Since) > Longest ? worker.Recipe : null;
        if (recipe is null) return false;
        Ended(worker, new Verdict(recipe, null, new Findings(), [$"run: it has not ended after {Longest}: a step of it loops"]), untilFailure);
        lock (_gate) worker.IsLeft = true;
        return true;
    }

    private void Add(Verdict verdict)
    {
        Done++;
        _hashes[verdict.Recipe.Seed] = verdict.Hash;
        Undecided += verdict.Findings.Undecided;
        foreach (var (promise, times) in verdict.Findings.Checked) _checked[promise] = _checked.GetValueOrDefault(promise) + times;
        foreach (var (situation, times) in verdict.Run?.Scheduler.Trace.Reached ?? []) _reached[situation] = (_reached[situation].Times + times, _reached[situation].Runs + 1);
        foreach (var (what, times) in verdict.Run?.Scheduler.Trace.Counted ?? []) _counted[what] = _counted.GetValueOrDefault(what) + times;
        if (verdict.Holds) return;
        Failed++;
        if (_failures.Count < FailuresKept) _failures.Add(verdict);
    }

    private sealed class Worker
    {
        public Thread? Thread { get; set; }

        public Recipe? Recipe { get; set; }

        public long Since { get; set; }

        /// <summary>Nobody waits for it any more.</summary>
        public bool IsLeft { get; set; }
    }
}
