using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// One activation's view of one ledger: decides, applies and enqueues without an await in between; every answer waits for its group
/// (DESIGN.md 4.2). All its code runs on the turns of one grain. Once broken (a fence, a failed group) it stays broken: memory is never rolled
/// back by hand, the next activation replays.
/// </summary>
internal sealed class Ledger<TState, TCommand, TResult, TEvent>
    where TState : class
    where TEvent : class, IEvent
{
    private const int PageSize = 5_000;

    private readonly LedgerEngine _engine;
    private readonly IMachine<TState, TCommand, TResult, TEvent> _machine;
    private readonly EventCodec<TEvent> _events;
    private readonly ISnapshotCodec<TState> _snapshots;
    private readonly LedgerHandle _handle;
    private readonly Action _broke;
    private readonly LoadedLedgers _loaded;
    private readonly Func<TState, long> _entriesOf;
    private bool _mayWrite;
    private Task? _taking;
    private Task _last = Task.CompletedTask;
    private bool _lost;
    private TState _state; // Everything decided, also what is not durable yet.
    private long _seq;
    private long _snapshotSeq;
    private long? _entries; // As told to what is loaded; null while this activation is not counted.

    private Ledger(LedgerEngine engine, LedgerKindOf<TState, TCommand, TResult, TEvent> kind, string key, Action broke)
    {
        _engine = engine;
        _machine = kind.Machine;
        _events = kind.Events;
        _snapshots = kind.Snapshots;
        _broke = broke;
        _loaded = engine.Loaded.GetOrAdd(kind.Prefix.TrimEnd('/'), static _ => new LoadedLedgers());
        _entriesOf = kind.Entries;
        _handle = new LedgerHandle(kind.Prefix + key, epoch: 0);
        _state = Acknowledged = kind.Machine.Initial(key);
    }

    /// <summary>The fold of acknowledged events only: what may be shown, reported and kept.</summary>
    public TState Acknowledged { get; private set; }

    /// <summary>Seq of <see cref="Acknowledged"/>.</summary>
    public long AcknowledgedSeq { get; private set; }

    /// <summary>Epoch under which this activation writes or has read.</summary>
    public long Epoch => _handle.Epoch;

    /// <summary>Called on the grain's turn after new events became durable.</summary>
    public Action? OnAcknowledged { get; set; }

    /// <summary>Opens a ledger: waits out its back-off, takes the right to write where asked, replays.</summary>
    /// <param name="engine">This process's engine.</param>
    /// <param name="kind">What the ledger is.</param>
    /// <param name="key">The grain's key.</param>
    /// <param name="takeRight">True: take the right to write now. False: only when something is to be written, so that looking costs no write.</param>
    /// <param name="broke">Called once when the ledger is lost; deactivates the grain.</param>
    public static async Task<Ledger<TState, TCommand, TResult, TEvent>> Open(
        LedgerEngine engine, LedgerKindOf<TState, TCommand, TResult, TEvent> kind, string key, bool takeRight, Action broke)
    {
        var ledger = new Ledger<TState, TCommand, TResult, TEvent>(engine, kind, key, broke);
        var delay = engine.Backoff.Delay(ledger._handle.Name);
        if (delay > TimeSpan.Zero)
        {
            engine.Instruments.Reopens();
            await Task.Delay(delay, engine.Time);
        }

        try
        {
            await ledger.Load(takeRight);
            ledger._loaded.Opened();
            ledger._entries = 0;
            ledger.Measure();
            return ledger;
        }
        catch (LedgerUnavailableException)
        {
            engine.Backoff.Lose(ledger._handle.Name);
            throw;
        }
    }

    /// <summary>The activation ends; what it had in memory is counted no more.</summary>
    public void Close()
    {
        if (_entries is not { } told) return;
        _entries = null;
        _loaded.Closed();
        _loaded.Grew(-told);
    }

    /// <summary>Decides one command. The answer leaves with its group.</summary>
    public async Task<TResult> Execute(TCommand command) => (await ExecuteAll([command]))[0];

    /// <summary>Decides commands in their order, in one turn and one submission.</summary>
    /// <exception cref="LedgerUnavailableException">The outcome is unknown, or the ledger is lost.</exception>
    /// <exception cref="LedgerOverloadedException">Nothing was decided.</exception>
    public async Task<TResult[]> ExecuteAll(IReadOnlyList<TCommand> commands)
    {
        while (true)
        {
            await Ready();
            var results = Decide(commands, out var state, out var rows);
            if (rows.Count > 0 && !_mayWrite)
            {
                // What is decided on a state that was only read may be stale: take the right, then decide anew.
                await TakeRight();
                continue;
            }

            var seq = _seq;
            _state = state;
            _seq += rows.Count;
            await Await(Submit(seq, rows));
            Acknowledge(state, seq + rows.Count);
            return results;
        }
    }

    /// <summary>Shows the newest state once it is durable and the store has confirmed that this activation is current.</summary>
    public async Task<T> Read<T>(Func<TState, long, T> show)
    {
        await Ready();
        var shown = show(_state, Epoch);
        await Await(Submit(_seq, []));
        return shown;
    }

    /// <summary>What the machine would answer now, without any effect. Not checked with the store: only for choosing what to do next.</summary>
    public TResult Peek(TCommand command) => _machine.Decide(_state, command, _engine.Clock.Now).Result;

    // Nothing of the activation changes here, so that a bug in a machine (an exception) leaves memory as it was.
    private TResult[] Decide(IReadOnlyList<TCommand> commands, out TState state, out List<EventRow> rows)
    {
        state = _state;
        rows = [];
        var now = _engine.Clock.Now;
        var results = new TResult[commands.Count];
        for (var i = 0; i < commands.Count; i++)
        {
            var decision = _machine.Decide(state, commands[i], now);
            results[i] = decision.Result;
            foreach (var e in decision.Events)
            {
                var stamp = new EventStamp(_seq + rows.Count + 1, now);
                rows.Add(_events.Encode(e, stamp));
                state = _machine.Apply(state, e, stamp);
            }
        }

        return results;
    }

    // A check under the epoch that was read would be fenced by this activation's own bump, so nothing is sent while it takes the right.
    private async ValueTask Ready()
    {
        if (_taking is { IsCompleted: false } taking) await taking;
        if (_handle.Broken)
        {
            Lose();
            throw new LedgerUnavailableException($"Ledger {_handle.Name} is not open any more. Repeat.");
        }

        if (!_engine.Writer.HasRoom) throw new LedgerOverloadedException("The journal's queue is full.");
    }

    private Task Submit(long seq, IReadOnlyList<EventRow> rows) => _last = _engine.Writer.Submit(_handle, seq, rows);

    private async Task Await(Task group)
    {
        try
        {
            await group;
        }
        catch (LedgerUnavailableException)
        {
            Lose();
            throw;
        }
    }

    private void Acknowledge(TState state, long seq)
    {
        if (seq <= AcknowledgedSeq) return;
        Acknowledged = state;
        AcknowledgedSeq = seq;
        Measure();
        // The whole state is written, so the longer it took to grow, the longer it waits.
        if (seq - _snapshotSeq >= Math.Max(_engine.SnapshotEvery, _snapshotSeq / 2)
            && _engine.Snapshots.Offer(_handle, () => new Snapshot(seq, _snapshots.Format, _snapshots.Encode(state))))
        {
            _snapshotSeq = seq;
        }

        OnAcknowledged?.Invoke();
    }

    private void Measure()
    {
        if (_entries is not { } told) return;
        var entries = _entriesOf(Acknowledged);
        if (entries != told) _loaded.Grew(entries - told);
        _entries = entries;
    }

    private void Lose()
    {
        if (_lost) return;
        _lost = true;
        _handle.Broken = true;
        _engine.Backoff.Lose(_handle.Name);
        _broke();
    }

    // One taking at a time, however many commands wait for it; it succeeds once, or the ledger is lost.
    private Task TakeRight() => _taking ??= TakeRightOnce();

    private async Task TakeRightOnce()
    {
        try
        {
            await _last.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            await Load(takeRight: true);
        }
        catch
        {
            Lose();
            throw;
        }
    }

    private async Task Load(bool takeRight)
    {
        var startedAt = _engine.Time.GetTimestamp();
        var outcome = OpenOutcome.Unavailable;
        try
        {
            await BumpAndRead(takeRight);
            outcome = OpenOutcome.Opened;
            if (_engine.Quarantine.Remove(_handle.Name)) LedgerLog.ServedAgain(_engine.Log, _handle.Name);
        }
        catch (Exception error) when (error is not (LedgerUnavailableException or LedgerOverloadedException))
        {
            outcome = OpenOutcome.Quarantined;
            if (_engine.Quarantine.Add(_handle.Name)) LedgerLog.NotServed(_engine.Log, _handle.Name, error);
            throw new LedgerUnavailableException(error.Message, error);
        }
        finally
        {
            _engine.Instruments.OpenEnded(_engine.Time.GetElapsedTime(startedAt), takeRight, outcome);
        }
    }

    // Bump and read are two statements: the bump waits for a commit in flight, and only a read begun afterwards is sure to see it.
    private async Task BumpAndRead(bool takeRight)
    {
        LedgerHead? taken = takeRight ? await _engine.Bumps.Ask(_handle.Name) : null;
        var read = await _engine.Reads.Ask(new LedgerRead(_handle.Name, After: _seq == 0 ? null : _seq, PageSize));
        var head = taken ?? read.Head;
        // With a later epoch somebody else has taken it meanwhile and may have gone on: the first check will tell.
        if (read.Head.Epoch == head.Epoch && (read.Head.Seq != head.Seq || read.Events.Any(e => e.Seq > head.Seq)))
        {
            throw Quarantined($"it has events beyond its head, which says {head.Seq}");
        }

        // A snapshot that is not used leaves the events behind it out of reach of this page: replay from where the state is.
        await Replay(read.Snapshot is null || Restore(read.Snapshot, head) ? read.Events : [], head);
        _handle.Epoch = head.Epoch;
        // A ledger without a head may be written at once: its first append creates the head, or finds that somebody was faster.
        _mayWrite = takeRight || head.Epoch == 0;
    }

    private bool Restore(Snapshot snapshot, LedgerHead head)
    {
        if (snapshot.Format != _snapshots.Format || snapshot.Seq > head.Seq || snapshot.Seq <= _seq) return false;
        try
        {
            _state = _snapshots.Decode(snapshot.Data);
            _seq = _snapshotSeq = snapshot.Seq;
            return true;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            LedgerLog.SnapshotIgnored(_engine.Log, _handle.Name, error);
            return false;
        }
    }

    private async Task Replay(IReadOnlyList<EventRow> events, LedgerHead head)
    {
        var at = DateTimeOffset.MinValue;
        var from = _seq;
        while (_seq < head.Seq)
        {
            var before = _seq;
            foreach (var row in events)
            {
                if (row.Seq <= _seq || row.Seq > head.Seq) continue;
                if (row.Seq != _seq + 1) throw Quarantined($"event {_seq + 1} is missing");
                _state = _machine.Apply(_state, _events.Decode(_handle.Name, row), new EventStamp(row.Seq, row.At));
                _seq = row.Seq;
                at = row.At;
            }

            if (_seq == head.Seq) break;
            if (_seq == before && events.Count > 0 && events[^1].Seq > _seq) throw Quarantined($"event {_seq + 1} is missing");
            events = await ReadPage();
            if (events.Count == 0) throw Quarantined($"its head says {head.Seq} events, but event {_seq + 1} is missing");
        }

        _engine.Instruments.Replayed(_seq - from);
        Acknowledged = _state;
        AcknowledgedSeq = _seq;
        if (at > _engine.Clock.Now.AddSeconds(1)) LedgerLog.AheadOfTheClock(_engine.Log, _handle.Name, at);
    }

    // A store that is down is no reason for an alarm about this ledger: it is opened again on demand.
    private async Task<IReadOnlyList<EventRow>> ReadPage()
    {
        try
        {
            return await _engine.Journal.ReadEvents(_handle.Name, _seq, PageSize);
        }
        catch (Exception error)
        {
            throw new LedgerUnavailableException("The journal cannot be read.", error);
        }
    }

    private LedgerQuarantinedException Quarantined(string what) =>
        new($"Ledger {_handle.Name} is not served: {what}. Restore the database from a backup.");
}

/// <summary>What a kind of ledger is: where its rows are, what decides, how its events and snapshots are stored.</summary>
internal sealed record LedgerKindOf<TState, TCommand, TResult, TEvent>(
    string Prefix,
    IMachine<TState, TCommand, TResult, TEvent> Machine,
    EventCodec<TEvent> Events,
    ISnapshotCodec<TState> Snapshots)
    where TState : class
    where TEvent : class, IEvent
{
    /// <summary>How much a state remembers, in O(1): what grows with use, so that an operator can see memory fill.</summary>
    public Func<TState, long> Entries { get; init; } = static _ => 0;
}
