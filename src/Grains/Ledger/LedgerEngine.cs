using System.Collections.Concurrent;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// What all ledgers of one process share: the journal and the loops in front of it. Made once by the host, or once per simulated process.
/// The loops run wherever <see cref="Start"/> was called: on the pool, or on the simulation's scheduler.
/// </summary>
internal sealed partial class LedgerEngine : IDisposable
{
    private const int OpensMost = 512;
    private const int ReadsMost = 64;
    private const int WaitingMost = 65_536;
    private static readonly TimeSpan ReopenMost = TimeSpan.FromSeconds(2);

    /// <summary>About how long each of two processes has a ledger that both want: long beside the cost of a change, short for those who wait at the other.</summary>
    private static readonly TimeSpan RetakeMost = TimeSpan.FromMilliseconds(400);

    /// <summary>Nothing shorter counts as rest: a group of the rival's may be on its way.</summary>
    private static readonly TimeSpan RestLeast = TimeSpan.FromMilliseconds(10);

    private readonly Func<double> _jitter;
    private readonly CancellationTokenSource _stopping = new();
    private Task _loops = Task.CompletedTask;
    private volatile bool _loopEnded;

    /// <param name="journal">The store.</param>
    /// <param name="time">Monotonic time and timers.</param>
    /// <param name="jitter">Draws from [0, 1), for back-off; called from many threads.</param>
    /// <param name="logs">Makes the loggers.</param>
    /// <param name="instruments">Null: nobody watches.</param>
    public LedgerEngine(IJournal journal, TimeProvider time, Func<double> jitter, ILoggerFactory logs, LedgerInstruments? instruments = null)
    {
        _jitter = jitter;
        Instruments = instruments ?? LedgerInstruments.None;
        Journal = journal;
        Time = time;
        Store = new StoreHealth(time);
        Clock = new LedgerClock(journal, time, Store, logs.CreateLogger<LedgerClock>());
        Writer = new GroupWriter(journal, Store, Unsettled, Instruments, time, logs.CreateLogger<GroupWriter>());
        Snapshots = new SnapshotWriter(journal, Store, Instruments, logs.CreateLogger<SnapshotWriter>());
        Bumps = new Coalescer<string, LedgerHead>(journal.Bump, static ledger => ledger, OpensMost, WaitingMost, Store.Doubt);
        Reads = new Coalescer<LedgerRead, LedgerContents>(journal.Read, static read => read.Ledger, ReadsMost, WaitingMost, Store.Doubt);
        Reopen = new Backoff(time, jitter, ReopenMost);
        Retake = new Backoff(time, jitter, RetakeMost);
        Log = logs.CreateLogger("FlashSale.Ledger");
        instruments?.Observe(this);
    }

    public IJournal Journal { get; }

    public TimeProvider Time { get; }

    public LedgerInstruments Instruments { get; }

    public StoreHealth Store { get; }

    public LedgerClock Clock { get; }

    public GroupWriter Writer { get; }

    public SnapshotWriter Snapshots { get; }

    public Coalescer<string, LedgerHead> Bumps { get; }

    public Coalescer<LedgerRead, LedgerContents> Reads { get; }

    /// <summary>Before a ledger is read again that could not be read or written.</summary>
    public Backoff Reopen { get; }

    /// <summary>Before a ledger is taken back from whoever has taken it.</summary>
    public Backoff Retake { get; }

    /// <summary>How long nothing must become of a ledger until whoever has it counts as at rest: about as long as three groups take, 10 ms to 400 ms.</summary>
    public TimeSpan Rest => TimeSpan.FromTicks(Math.Clamp((long)(Writer.Took.Ticks * (2 + (2 * _jitter()))), RestLeast.Ticks, RetakeMost.Ticks));

    public Unsettled Unsettled { get; } = new();

    public Quarantine Quarantine { get; } = new();

    /// <summary>What is in memory, by the name of its kind.</summary>
    public ConcurrentDictionary<string, LoadedLedgers> Loaded { get; } = new(StringComparer.Ordinal);

    public ILogger Log { get; }

    /// <summary>Events since a ledger's last snapshot after which a new one is cut, 1 and up.</summary>
    public int SnapshotEvery { get; init; } = 10_000;

    /// <summary>True while all loops run: nothing that was asked of them is left waiting for ever.</summary>
    public bool IsRunning => !_loopEnded && !_loops.IsCompleted;

    /// <summary>Called when a loop died: the host ends the process.</summary>
    public Action? Failed { get; set; }

    public async Task Start()
    {
        await Clock.Start();
        _loops = Task.WhenAll(
            Watch(Writer.Run()), Watch(Snapshots.Run()), Watch(Bumps.Run()), Watch(Reads.Run()), Watch(Clock.Run(_stopping.Token)));
    }

    /// <summary>Flushes what is enqueued, then refuses.</summary>
    public async Task Stop()
    {
        Writer.Stop();
        Snapshots.Stop();
        Bumps.Stop();
        Reads.Stop();
        _stopping.Cancel(); // Not CancelAsync: it leaves for the thread pool, where a simulation would lose it.
        await _loops;
    }

    public void Dispose() => _stopping.Dispose();

    // A loop ends only when stopped. One that dies leaves every shopper waiting, so the process must end and be started anew.
    private async Task Watch(Task loop)
    {
        try
        {
            await loop;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The clock's loop ends this way.
        }
        catch (Exception error)
        {
            LoopDied(Log, error);
            Failed?.Invoke();
        }
        finally
        {
            _loopEnded = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "A loop of the ledger engine died; this is a bug, the process must restart.")]
    private static partial void LoopDied(ILogger log, Exception error);
}
