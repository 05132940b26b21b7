using System.Diagnostics;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// Group commit (DESIGN.md 4.2): what all ledgers of this process enqueue goes to the store in groups; while one group is there, the next
/// one fills. A submission ends when its group does: durable, or <see cref="LedgerUnavailableException"/>, after which its ledger is broken.
/// </summary>
internal sealed partial class GroupWriter(IJournal journal, StoreHealth health, Unsettled unsettled, LedgerInstruments instruments, TimeProvider time, ILogger<GroupWriter> log)
{
    /// <summary>Events in a group; more raise the latency of a group, not its throughput.</summary>
    public const int EventsMost = 2048;

    /// <summary>Ledgers in a group.</summary>
    public const int LedgersMost = 1024;

    /// <summary>Events and checks waiting, beyond which nothing is decided any more.</summary>
    public const int QueueMost = 65_536;

    private const int SuspectsMost = 4096;
    private const int LinksMost = 64;

    private readonly Lock _gate = new();
    private readonly Wake _wake = new();
    private readonly HashSet<string> _suspects = new(StringComparer.Ordinal); // Only the loop touches it.
    private List<Submission> _queue = [];
    private int _queued;
    private bool _stopping;
    private long _tookTicks;

    /// <summary>How long the newest group that wrote was at the store.</summary>
    public TimeSpan Took => TimeSpan.FromTicks(Volatile.Read(ref _tookTicks));

    /// <summary>False: the queue is full and nothing more may be decided.</summary>
    public bool HasRoom => Volatile.Read(ref _queued) < QueueMost;

    /// <summary>Events and checks waiting.</summary>
    public int Queued => Volatile.Read(ref _queued);

    /// <summary>Enqueues events, or a bare check where there are none. Submissions of one ledger keep their order.</summary>
    public Task Submit(LedgerHandle ledger, long seq, IReadOnlyList<EventRow> events)
    {
        var submission = new Submission(ledger, seq, events);
        lock (_gate)
        {
            if (ledger.Broken || _stopping) throw Unavailable(ledger);
            _queue.Add(submission);
            _queued += submission.Weight;
        }

        _wake.Set();
        return submission.Done.Task;
    }

    /// <summary>Sends groups until stopped and empty.</summary>
    public async Task Run()
    {
        while (true)
        {
            var group = Next(out var stopped);
            if (group.Count > 0) await Send(group);
            else if (stopped) return;
            else await _wake.Wait();
        }
    }

    public void Stop()
    {
        lock (_gate) _stopping = true;
        _wake.Set();
    }

    private List<Part> Next(out bool stopped)
    {
        var parts = new Dictionary<string, Part>(StringComparer.Ordinal);
        List<Submission>? broken = null;
        lock (_gate)
        {
            stopped = _stopping && _queue.Count == 0;
            var left = new List<Submission>();
            var passedOver = new HashSet<LedgerHandle>();
            var events = 0;
            var alone = false;
            foreach (var submission in _queue)
            {
                if (submission.Ledger.Broken) (broken ??= []).Add(submission);
                else if (passedOver.Contains(submission.Ledger) || !Fits(parts, submission, events, alone))
                {
                    // Once one was passed over, all later ones of the ledger wait too: order is the meaning of seq.
                    passedOver.Add(submission.Ledger);
                    left.Add(submission);
                    continue;
                }
                else
                {
                    if (!parts.TryGetValue(submission.Ledger.Name, out var part)) parts.Add(submission.Ledger.Name, part = new Part(submission));
                    else part.Merge(submission);
                    events += submission.Events.Count;
                    alone |= IsSuspect(submission);
                }

                _queued -= submission.Weight;
            }

            _queue = left;
        }

        broken?.ForEach(s => s.Done.TrySetException(Unavailable(s.Ledger)));
        return [.. parts.Values];
    }

    private bool Fits(Dictionary<string, Part> parts, Submission submission, int events, bool alone)
    {
        if (parts.Count == 0) return true;
        // Two activations of one ledger never share a group: the store takes one entry a ledger.
        if (parts.TryGetValue(submission.Ledger.Name, out var part) && part.Ledger != submission.Ledger) return false;
        // After a failed group its ledgers go alone until they succeed, so that one poisonous event cannot take neighbours down twice.
        if (part is null && (parts.Count == LedgersMost || alone || IsSuspect(submission))) return false;
        if (part is not null && parts.Count > 1 && IsSuspect(submission)) return false;
        return events + submission.Events.Count <= EventsMost;
    }

    // A bare check has nothing that a store could choke on.
    private bool IsSuspect(Submission submission) => submission.Events.Count > 0 && _suspects.Count > 0 && _suspects.Contains(submission.Ledger.Name);

    private async Task Send(List<Part> group)
    {
        var events = group.Sum(p => p.Events.Count);
        using var span = Trace(group);
        var sentAt = time.GetTimestamp();
        try
        {
            var current = await journal.Append(group.ConvertAll(p => p.Entry));
            health.GroupWent(wrote: events > 0);
            Ended(span, sentAt, events, group.Count, events > 0 ? "durable" : "checked");
            for (var i = 0; i < group.Count; i++)
            {
                if (current[i]) Succeed(group[i]);
                else Fence(group[i]);
            }
        }
        catch (Exception error)
        {
            var (what, outcome) = error is JournalRolledBackException ? ("was rolled back", "rolled_back") : ("has an unknown outcome", "unknown");
            Ended(span, sentAt, events, group.Count, outcome);
            if (!health.IsDown) GroupFailed(group.Count, what, error);
            health.Doubt();
            if (_suspects.Count > SuspectsMost) _suspects.Clear(); // They are an optimisation; a store that fails everything has no neighbours to protect.
            foreach (var part in group)
            {
                _suspects.Add(part.Ledger.Name);
                if (error is not JournalRolledBackException && part.Events.Count > 0) unsettled.Add(part.Ledger.Name);
                Break(part, new LedgerUnavailableException($"A journal group with ledger {part.Ledger.Name} {what}. Repeat.", error));
            }
        }
    }

    private void Succeed(Part part)
    {
        if (_suspects.Count > 0 && part.Events.Count > 0) _suspects.Remove(part.Ledger.Name);
        if (part.Ledger.Epoch == 0 && part.Events.Count > 0) part.Ledger.Epoch = 1; // The append created the head.
        foreach (var submission in part.Submissions) submission.Done.TrySetResult();
    }

    private void Ended(Activity? span, long sentAt, int events, int ledgers, string outcome)
    {
        var took = time.GetElapsedTime(sentAt);
        if (events > 0) Volatile.Write(ref _tookTicks, took.Ticks);
        instruments.GroupEnded(took, events, ledgers, outcome);
        span?.SetTag("flashsale.events", events).SetTag("flashsale.ledgers", ledgers).SetTag("flashsale.outcome", outcome);
    }

    // A group serves many, so it is a part of nobody's span: it is linked with those who are traced, and is a span only where there are some.
    private static Activity? Trace(List<Part> group)
    {
        if (!Traces.Source.HasListeners()) return null;
        var links = group.SelectMany(p => p.Submissions).Where(s => s.Span is not null).Select(s => new ActivityLink(s.Span!.Context)).Distinct().Take(LinksMost).ToArray();
        return links.Length == 0 ? null : Traces.Source.StartActivity("journal.group", ActivityKind.Client, parentContext: default, tags: null, links);
    }

    private void Fence(Part part)
    {
        instruments.Fenced();
        part.Ledger.Fenced = true;
        Break(part, new LedgerUnavailableException($"Ledger {part.Ledger.Name} was fenced: another activation has it. Repeat.") { Fenced = true });
    }

    private void Break(Part part, LedgerUnavailableException error)
    {
        lock (_gate) part.Ledger.Broken = true;
        foreach (var submission in part.Submissions) submission.Done.TrySetException(error);
    }

    /// <summary>What whoever comes to a broken ledger hears.</summary>
    public static LedgerUnavailableException Unavailable(LedgerHandle ledger) => new($"Ledger {ledger.Name} is not open any more. Repeat.") { Fenced = ledger.Fenced };

    [LoggerMessage(Level = LogLevel.Error, Message = "A journal group of {Ledgers} ledgers {What}.")]
    private partial void GroupFailed(int ledgers, string what, Exception error);

    private sealed record Submission(LedgerHandle Ledger, long Seq, IReadOnlyList<EventRow> Events)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whose it is, where that is traced.</summary>
        public Activity? Span { get; } = Traces.Recorded;

        public int Weight => Math.Max(1, Events.Count);
    }

    /// <summary>What one ledger has in a group: its submissions, merged.</summary>
    private sealed class Part(Submission first)
    {
        private List<EventRow>? _merged;

        public LedgerHandle Ledger => first.Ledger;

        public List<Submission> Submissions { get; } = [first];

        public IReadOnlyList<EventRow> Events => _merged ?? first.Events;

        public JournalEntry Entry => new(Ledger.Name, Ledger.Epoch, first.Seq, Events);

        public void Merge(Submission next)
        {
            if (next.Seq != first.Seq + Events.Count) throw new InvalidOperationException($"Ledger {Ledger.Name}: seq {next.Seq} does not follow {first.Seq + Events.Count}.");
            Submissions.Add(next);
            if (next.Events.Count == 0) return;
            _merged ??= [.. first.Events];
            _merged.AddRange(next.Events);
        }
    }
}

/// <summary>One activation's hold on a ledger.</summary>
internal sealed class LedgerHandle(string name, long epoch)
{
    public string Name => name;

    /// <summary>The epoch that the activation owns or has read; 0 while the ledger has no head. Written by the group loop and by its ledger, never at once.</summary>
    public long Epoch { get; set; } = epoch;

    /// <summary>Set once, by a fence or a failed group; from then on nothing is written through it.</summary>
    public volatile bool Broken;

    /// <summary>Set before <see cref="Broken"/> where that is because another activation has taken the ledger.</summary>
    public volatile bool Fenced;
}
