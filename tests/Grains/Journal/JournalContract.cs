using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>
/// What every store promises, word for word the same for each. A store's own class says how to open it and how to plant a row behind its back;
/// the tests are in <c>JournalContract.*.cs</c>, one file a subject.
/// </summary>
public abstract partial class JournalContract : IAsyncLifetime
{
    private protected IJournal Journal { get; private set; } = null!;

    /// <summary>True where several processes may have the same store open at once.</summary>
    private protected abstract bool SupportsTwoOpeners { get; }

    /// <summary>Makes an empty store and opens it.</summary>
    private protected abstract Task<IJournal> OpenFresh();

    /// <summary>Opens the same store once more. Called while another one is open only where <see cref="SupportsTwoOpeners"/>.</summary>
    private protected abstract Task<IJournal> OpenAgain();

    /// <summary>Removes the store, after every journal on it was disposed.</summary>
    private protected abstract Task Remove();

    /// <summary>Puts one event into the table with no regard to the head, as no part of the product would.</summary>
    private protected abstract Task PlantEvent(string ledger, long seq);

    /// <summary>Puts one chunk of a snapshot into the table, as a crash half-way would leave it.</summary>
    private protected abstract Task PlantSnapshotChunk(string ledger, long seq, int chunk, int chunks, byte[] data);

    public async Task InitializeAsync() => Journal = await OpenFresh();

    public async Task DisposeAsync()
    {
        await Journal.DisposeAsync();
        await Remove();
    }

    private protected async Task Reopen()
    {
        await Journal.DisposeAsync();
        Journal = await OpenAgain();
    }

    private protected async Task AssertSeqs(string ledger, params long[] seqs) => AssertSeqs(await Journal.ReadEvents(ledger, 0, 10_000), seqs);

    private protected static void AssertSeqs(IEnumerable<EventRow> rows, params long[] seqs) => Assert.Equal(seqs, rows.Select(row => row.Seq));

    /// <summary>Two journals on the store, or twice the same one where two are impossible; the caller disposes the second.</summary>
    private protected async Task<IJournal> OpenSecond() => SupportsTwoOpeners ? await OpenAgain() : new Borrowed(Journal);

    /// <summary>Stands for a second opener; disposing it does nothing.</summary>
    sealed class Borrowed(IJournal journal) : IJournal
    {
        public string Description => journal.Description;
        public Task<DateTimeOffset> ReadClock() => journal.ReadClock();
        public Task<bool[]> Append(IReadOnlyList<JournalEntry> group) => journal.Append(group);
        public Task<LedgerHead[]> Bump(IReadOnlyList<string> ledgers) => journal.Bump(ledgers);
        public Task<LedgerContents[]> Read(IReadOnlyList<LedgerRead> reads) => journal.Read(reads);
        public Task<IReadOnlyList<EventRow>> ReadEvents(string ledger, long after, int limit) => journal.ReadEvents(ledger, after, limit);
        public Task<IReadOnlyList<string>> ListLedgers(string prefix, string? after, int limit) => journal.ListLedgers(prefix, after, limit);
        public Task WriteSnapshot(string ledger, Snapshot snapshot) => journal.WriteSnapshot(ledger, snapshot);
        public Task<bool> TryLease(string name, string owner, TimeSpan length) => journal.TryLease(name, owner, length);
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
