using FlashSale.Grains.Journal;

namespace FlashSale.Crash.Tests.Failpoints;

/// <summary>A real journal that stops at a <see cref="Failpoint"/>.</summary>
/// <param name="inner">The real one.</param>
/// <param name="failpoint">Where to stop.</param>
/// <param name="pageEvents">Most events of a page.</param>
internal sealed class StoppableJournal(IJournal inner, Failpoint failpoint, int pageEvents) : IJournal
{
    public string Description => inner.Description;

    public Task<DateTimeOffset> ReadClock() => inner.ReadClock();

    public async Task<bool[]> Append(IReadOnlyList<JournalEntry> group)
    {
        await failpoint.Pass();
        if (Concerned(Point.BeforeGroup, group)) await failpoint.Reach();
        if (Concerned(Point.BetweenLedgers, group)) return await AppendInTwo(group);
        var answer = await inner.Append(group);
        if (Concerned(Point.AfterCommit, group)) await failpoint.Reach();
        return answer;
    }

    public async Task<LedgerHead[]> Bump(IReadOnlyList<string> ledgers)
    {
        await failpoint.Pass();
        return await inner.Bump(ledgers);
    }

    public async Task<LedgerContents[]> Read(IReadOnlyList<LedgerRead> reads)
    {
        await failpoint.Pass();
        var contents = await inner.Read([.. reads.Select(read => read with { EventsMost = Math.Min(read.EventsMost, pageEvents) })]);
        for (var i = 0; i < contents.Length; i++) await Reach(reads[i].Ledger, contents[i].Events);
        return contents;
    }

    public async Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit)
    {
        await failpoint.Pass();
        var events = await inner.ReadEvents(ledger, after, Math.Min(limit, pageEvents));
        await Reach(ledger, events);
        return events;
    }

    public async Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit)
    {
        await failpoint.Pass();
        return await inner.ListLedgers(prefix, after, limit);
    }

    public async Task WriteSnapshot(string ledger, Snapshot snapshot)
    {
        await failpoint.Pass();
        if (failpoint.Concerns(Point.Snapshot, ledger)) await failpoint.Reach();
        await inner.WriteSnapshot(ledger, snapshot);
    }

    public async Task<bool> TryLease(string name, string owner, TimeSpan length)
    {
        await failpoint.Pass();
        return await inner.TryLease(name, owner, length);
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private bool Concerned(Point point, IReadOnlyList<JournalEntry> group) => group.Any(entry => entry.Events.Count > 0 && failpoint.Concerns(point, entry.Ledger));

    private Task Reach(string ledger, IReadOnlyList<EventRow> events) =>
        events.Count > 0 && failpoint.Concerns(Point.Replay, ledger) ? failpoint.Reach() : Task.CompletedTask;

    // As if those ledgers had come a moment later, into the next group.
    private async Task<bool[]> AppendInTwo(IReadOnlyList<JournalEntry> group)
    {
        var concerned = group.Where(entry => entry.Events.Count > 0 && failpoint.Concerns(Point.BetweenLedgers, entry.Ledger)).Skip(1).ToHashSet();
        var first = new Queue<bool>(await inner.Append([.. group.Where(entry => !concerned.Contains(entry))]));
        await failpoint.Reach();
        var second = new Queue<bool>(await inner.Append([.. group.Where(concerned.Contains)]));
        return [.. group.Select(entry => (concerned.Contains(entry) ? second : first).Dequeue())];
    }
}
