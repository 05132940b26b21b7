using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>Events, entries and short forms of calls for tests of a journal.</summary>
internal static class TestLedgers
{
    static readonly DateTimeOffset Origin = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123);

    public static EventRow Event(long seq, string? payload = null, int type = 1) =>
        new(seq, Origin.AddMilliseconds(seq), seq % 2 == 0 ? null : seq.ToString("x32"), type, payload ?? $$"""{"n":{{seq}}}""");

    /// <summary>An entry on the head (epoch, seq) with as many events.</summary>
    public static JournalEntry Entry(string ledger, long epoch, long seq, int events = 1) =>
        new(ledger, epoch, seq, [.. Enumerable.Range(1, events).Select(i => Event(seq + i))]);

    public static JournalEntry Check(string ledger, long epoch, long seq) => new(ledger, epoch, seq, []);

    /// <summary>Appends a group of one.</summary>
    public static async Task<bool> Append(this IJournal journal, string ledger, long epoch, long seq, int events = 1) =>
        Assert.Single(await journal.Append([Entry(ledger, epoch, seq, events)]));

    public static async Task<bool> Matches(this IJournal journal, string ledger, long epoch, long seq) =>
        Assert.Single(await journal.Append([Check(ledger, epoch, seq)]));

    public static async Task<LedgerHead> Bump(this IJournal journal, string ledger) => Assert.Single(await journal.Bump([ledger]));

    public static async Task<LedgerContents> Read(this IJournal journal, string ledger, long? after = null, int eventsMost = 10_000) =>
        Assert.Single(await journal.Read([new LedgerRead(ledger, after, eventsMost)]));

    public static async Task<LedgerHead> Head(this IJournal journal, string ledger) => (await journal.Read(ledger, after: 0, eventsMost: 0)).Head;

    public static async Task<long[]> Seqs(this IJournal journal, string ledger) =>
        [.. (await journal.ReadEvents(ledger, 0, 10_000)).Select(row => row.Seq)];
}
