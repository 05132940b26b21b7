using FlashSale.Contracts;
using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// One activation's view of one ledger: decides, applies and enqueues without an await in between; every answer waits for its group
/// (DESIGN.md 4.2). All its code runs on the turns of one grain.
/// </summary>
/// <remarks>
/// It begins as a follower: whatever needs no event is answered from what the store says after the request came, which costs the owner nothing, so
/// that nobody takes a ledger away from somebody else only to look at it or to refuse. The first event takes the right to write, by a bump of the
/// epoch; from then on it is the owner and confirms each answer with its group. Once broken (a fence, a failed group) it stays broken: memory is
/// never rolled back by hand, the next activation replays; where the outcome is unknown it begins as the owner, so that no refusal of its can be overtaken
/// by what is still on its way.
/// </remarks>
internal sealed partial class Ledger<TState, TCommand, TResult, TEvent>
    where TState : class
    where TEvent : class, IEvent
{
    private readonly LedgerEngine _engine;
    private readonly IMachine<TState, TCommand, TResult, TEvent> _machine;
    private readonly EventCodec<TEvent> _events;
    private readonly ISnapshotCodec<TState> _snapshots;
    private readonly LedgerHandle _handle;
    private readonly Action _broke;
    private readonly LoadedLedgers _loaded;
    private readonly Func<TState, long> _entriesOf;
    private bool _owns;
    private Task? _turn; // Waits until the ledger may be taken back from whoever has it.
    private Task? _taking;
    private bool _lost;
    private TState _state; // Everything decided, also what is not durable yet.
    private long _seq;
    private long _snapshotSeq;
    private bool _counted; // Among what is loaded, with so many entries.
    private long _entries;
    private bool _closed;

    /// <summary>Touches no store: the first use reads.</summary>
    /// <param name="engine">This process's engine.</param>
    /// <param name="kind">What the ledger is.</param>
    /// <param name="key">The grain's key.</param>
    /// <param name="broke">Called once when the ledger is lost; deactivates the grain.</param>
    public Ledger(LedgerEngine engine, LedgerKindOf<TState, TCommand, TResult, TEvent> kind, string key, Action broke)
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

    /// <summary>The fold of acknowledged events only: what may be shown, reported and kept. A follower's is as old as its last use.</summary>
    public TState Acknowledged { get; private set; }

    /// <summary>Seq of <see cref="Acknowledged"/>.</summary>
    public long AcknowledgedSeq { get; private set; }

    /// <summary>Ledger time of the last event of <see cref="Acknowledged"/>, or the least value there is.</summary>
    public DateTimeOffset AcknowledgedAt { get; private set; } = DateTimeOffset.MinValue;

    /// <summary>Epoch under which this activation writes or has read.</summary>
    public long Epoch => _handle.Epoch;

    /// <summary>True while somebody else may have the right to write: this activation has not taken it.</summary>
    public bool Follows => !_owns;

    /// <summary>Called on the grain's turn after new events became durable, by this activation or, for a follower, by another.</summary>
    public Action? OnAcknowledged { get; set; }

    /// <summary>The activation ends; what it had in memory is counted no more.</summary>
    public void Close()
    {
        _closed = true;
        if (!_counted) return;
        _counted = false;
        _loaded.Closed();
        _loaded.Grew(-_entries);
    }

    /// <summary>Decides one command. The answer leaves with its group.</summary>
    public async Task<TResult> Execute(TCommand command) => (await ExecuteAll([command]))[0];

    /// <summary>Decides one command that names the epoch under which it is decided.</summary>
    public async Task<TResult> Execute(Func<long, TCommand> command) => (await ExecuteAll(epoch => [command(epoch)]))[0];

    /// <summary>Decides commands in their order, in one turn and one submission.</summary>
    /// <exception cref="LedgerUnavailableException">The outcome is unknown, or the ledger is lost.</exception>
    /// <exception cref="LedgerOverloadedException">Nothing was decided.</exception>
    public Task<TResult[]> ExecuteAll(IReadOnlyList<TCommand> commands) => ExecuteAll(_ => commands);

    private async Task<TResult[]> ExecuteAll(Func<long, IReadOnlyList<TCommand>> commands)
    {
        await Fresh();
        var results = Decide(commands(Epoch), out var state, out var rows);
        if (!_owns)
        {
            if (rows.Count == 0) return results;
            if (Epoch == 0)
            {
                _owns = true; // The first append creates the head, or finds that somebody was faster.
            }
            else
            {
                // What is decided on a state that was only read may be stale by now: take the right, then decide anew.
                await TakeRight();
                await Ready();
                results = Decide(commands(Epoch), out state, out rows);
            }
        }

        var seq = _seq;
        _state = state;
        _seq += rows.Count;
        await Await(_engine.Writer.Submit(_handle, seq, rows));
        if (rows.Count > 0) Acknowledge(state, seq + rows.Count, rows[^1].At);
        return results;
    }

    /// <summary>Shows the newest state once it is durable and known to be no older than the request.</summary>
    public async Task<T> Read<T>(Func<TState, long, T> show)
    {
        await Fresh();
        var shown = show(_state, Epoch);
        if (_owns) await Await(_engine.Writer.Submit(_handle, _seq, []));
        return shown;
    }

    /// <summary>Brings a follower up to date. An owner is, or will hear at its next answer that it is none any more.</summary>
    public async Task Refresh() => await Fresh();

    /// <summary>
    /// As <see cref="Refresh"/>, and an owner asks the store whether it still is one: for duties that nobody waits for. One that lost its ledger while
    /// it was idle would find nothing to do for ever.
    /// </summary>
    /// <exception cref="LedgerUnavailableException">It is none any more.</exception>
    public Task Confirm() => Read(static (_, _) => 0);

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

    // To be followed by a decision without an await in between.
    private async ValueTask Fresh()
    {
        await Ready();
        if (_owns) return;
        await (_engine.Unsettled.Contains(_handle.Name) ? TakeRight() : CatchUp());
        await Ready(); // Another call may have begun to take the right meanwhile.
    }

    // While the right is being taken the state is neither a follower's nor an owner's.
    private async ValueTask Ready()
    {
        if (_taking is { IsCompleted: false } taking) await taking;
        if (_handle.Broken)
        {
            Lose();
            throw GroupWriter.Unavailable(_handle);
        }

        if (!_engine.Writer.HasRoom) throw new LedgerOverloadedException("The journal's queue is full.");
    }

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

    private void Acknowledge(TState state, long seq, DateTimeOffset at)
    {
        if (seq <= AcknowledgedSeq) return;
        (Acknowledged, AcknowledgedSeq, AcknowledgedAt) = (state, seq, at);
        Measure();
        // The whole state is written, so the longer it took to grow, the longer it waits.
        if (seq - _snapshotSeq >= Math.Max(_engine.SnapshotEvery, _snapshotSeq / 2)
            && _engine.Snapshots.Offer(_handle, () => new Snapshot(seq, _snapshots.Format, _snapshots.Encode(state))))
        {
            _snapshotSeq = seq;
        }

        OnAcknowledged?.Invoke();
    }

    private void Opened()
    {
        if (_engine.Quarantine.Remove(_handle.Name)) LedgerLog.ServedAgain(_engine.Log, _handle.Name);
        if (_counted || _closed) return;
        _counted = true;
        _loaded.Opened();
        Measure();
    }

    private void Measure()
    {
        if (!_counted) return;
        var entries = _entriesOf(Acknowledged);
        if (entries != _entries) _loaded.Grew(entries - _entries);
        _entries = entries;
    }

    // A rival waits before it takes the ledger back; a store that failed is left alone for a while.
    private void Lose()
    {
        if (_lost) return;
        _lost = true;
        _handle.Broken = true;
        (_handle.Fenced ? _engine.Retake : _engine.Reopen).Lose(_handle.Name);
        _broke();
    }

    // One taking at a time, however many commands wait for it; it succeeds once, or the ledger is lost. Until its turn has come the state is a
    // follower's, and whoever needs no event is answered.
    private async Task TakeRight()
    {
        await (_turn ??= Turn());
        await (_taking ??= TakeRightOnce());
    }

    // Whoever took the ledger from this process is left it for a while, but not once it has come to rest: then all who want something may be waiting
    // here, and nobody there. Where that is wrong, a group of the rival's is fenced, no more.
    private async Task Turn()
    {
        for (var looked = false; _engine.Retake.Delay(_handle.Name) is var left && left > TimeSpan.Zero; looked = true)
        {
            var (rest, epoch, seq) = (_engine.Rest, Epoch, _seq);
            await WaitOut(left < rest ? left : rest, counted: !looked);
            if (left <= rest) return;
            await Ended(CatchUp()); // Where it fails, taking the right says so.
            if ((Epoch, _seq) == (epoch, seq)) return;
        }
    }

    private async Task TakeRightOnce()
    {
        try
        {
            await NobodyReads();
            if (_handle.Broken) throw GroupWriter.Unavailable(_handle); // Found out by a reading meanwhile: nothing is taken from anybody for it.
            await Load(takeRight: true);
        }
        catch
        {
            Lose();
            throw;
        }
    }
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
