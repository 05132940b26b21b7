using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>A ledger engine on SQLite with everything around it that a test wants to turn.</summary>
internal sealed class EngineOnSqlite : IAsyncDisposable
{
    private int _broken;

    /// <summary>Not started yet.</summary>
    public EngineOnSqlite(int snapshotEvery = 10_000)
    {
        Store = Directory.Open(Time);
        Journal = new FaultyJournal(Store);
        Engine = new LedgerEngine(Journal, Time, () => 0, Log) { SnapshotEvery = snapshotEvery };
    }

    public TemporaryDirectory Directory { get; } = new();

    public ManualTimeProvider Time { get; } = new();

    public KeptLog Log { get; } = new();

    public IJournal Store { get; }

    public FaultyJournal Journal { get; }

    public LedgerEngine Engine { get; }

    /// <summary>How many activations were lost.</summary>
    public int Broken => Volatile.Read(ref _broken);

    public LoadedLedgers Loaded => Engine.Loaded["tally"];

    public static async Task<EngineOnSqlite> Start(int snapshotEvery = 10_000)
    {
        var host = new EngineOnSqlite(snapshotEvery);
        await host.Engine.Start();
        return host;
    }

    public TallyActivation Unread(string key) => TallyActivation.Unread(Engine, key, () => Interlocked.Increment(ref _broken));

    /// <summary>Waits out every back-off by the test's own clock.</summary>
    public Task<TallyActivation> Open(string key)
    {
        Time.Advance(Engine.Reopen.Delay("tally/" + key));
        Time.Advance(Engine.Retake.Delay("tally/" + key));
        return TallyActivation.Open(Engine, key, () => Interlocked.Increment(ref _broken));
    }

    /// <summary>Events behind the engine's back, as another process would write them; or as nobody should, where the date says so.</summary>
    public async Task Write(string key, LedgerHead head, int[] numbers, DateTimeOffset? at = null)
    {
        var rows = numbers.Select((n, i) => TallyMachine.Kind.Events.Encode(new TallyEvent(n), new EventStamp(head.Seq + i + 1, at ?? DateTimeOffset.UnixEpoch))).ToArray();
        Assert.True((await Store.Append([new JournalEntry("tally/" + key, head.Epoch, head.Seq, rows)]))[0]);
    }

    /// <summary>Enqueues as much as there is room for. It is no event that a store would take, so that it fails when its turn comes.</summary>
    public Task FillQueue() => Engine.Writer.Submit(new LedgerHandle("filler", epoch: 0), 0, new EventRow[GroupWriter.QueueMost]);

    public static Task<LedgerUnavailableException> Unavailable(Func<Task> act) => Assert.ThrowsAsync<LedgerUnavailableException>(act);

    public async ValueTask DisposeAsync()
    {
        Journal.LetGo();
        await Engine.Stop();
        Engine.Dispose();
        await Store.DisposeAsync();
        Directory.Remove();
    }
}
