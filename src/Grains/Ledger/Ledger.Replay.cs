using System.Runtime.CompilerServices;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Ledger;

/// <content>How a ledger gets from the store into memory: at its first use, when a follower catches up, when the right to write is taken.</content>
internal sealed partial class Ledger<TState, TCommand, TResult, TEvent>
{
    private const int PageSize = 5_000;

    private Task? _reading;
    private Task? _next; // Waits for the reading under way, to begin then.

    // One reading at a time. What is under way may have looked before the caller came, so whoever finds one shares the next.
    private Task CatchUp()
    {
        if (_next is not null) return _next;
        if (_reading is not null) return _next = CatchUpAfter(_reading);
        var reading = CatchUpOnce();
        if (!reading.IsCompleted) _reading = reading;
        return reading;
    }

    private async Task CatchUpAfter(Task earlier)
    {
        await Ended(earlier);
        (_reading, _next) = (_next, null);
        await CatchUpOnce();
    }

    private async Task CatchUpOnce()
    {
        try
        {
            if (!_owns && !_handle.Broken) await Load(takeRight: false);
        }
        finally
        {
            _reading = null;
        }
    }

    private async Task NobodyReads()
    {
        while ((_next ?? _reading) is { } reading) await Ended(reading);
    }

    private static ConfiguredTaskAwaitable Ended(Task task) =>
        task.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);

    private async Task Load(bool takeRight)
    {
        if (_engine.Reopen.Delay(_handle.Name) is var left && left > TimeSpan.Zero) await WaitOut(left, counted: true);
        var (opens, startedAt, outcome) = (takeRight || !_counted, _engine.Time.GetTimestamp(), OpenOutcome.Unavailable);
        try
        {
            await BumpAndRead(takeRight);
            outcome = OpenOutcome.Opened;
            if (opens) Opened();
        }
        catch (LedgerUnavailableException)
        {
            if (!takeRight) _engine.Reopen.Lose(_handle.Name); // Whoever fails to take the right loses the ledger, which counts already.
            throw;
        }
        catch (Exception error) when (error is not LedgerOverloadedException)
        {
            outcome = OpenOutcome.Quarantined;
            if (_engine.Quarantine.Add(_handle.Name)) LedgerLog.NotServed(_engine.Log, _handle.Name, error);
            Lose();
            throw new LedgerUnavailableException(error.Message, error) { Damaged = true };
        }
        finally
        {
            // A follower that catches up opens nothing.
            if (opens) _engine.Instruments.OpenEnded(_engine.Time.GetElapsedTime(startedAt), takeRight, outcome);
        }
    }

    private Task WaitOut(TimeSpan delay, bool counted)
    {
        var waited = Task.Delay(delay, _engine.Time);
        if (counted) _engine.Instruments.Reopens(); // Not before the wait has begun, so that whoever sees it can let time pass.
        return waited;
    }

    // Bump and read are two statements: the bump waits for a commit in flight, and only a read begun afterwards is sure to see it.
    private async Task BumpAndRead(bool takeRight)
    {
        LedgerHead? taken = takeRight ? await _engine.Bumps.Ask(_handle.Name) : null;
        if (taken is not null) _engine.Unsettled.Remove(_handle.Name);
        var read = await _engine.Reads.Ask(new LedgerRead(_handle.Name, After: _seq == 0 ? null : _seq, PageSize));
        if (!takeRight && _owns) return; // It has begun the ledger meanwhile.
        var head = taken ?? read.Head;
        // With a later epoch somebody else has taken it meanwhile and may have gone on: the first check will tell.
        if (read.Head.Epoch == head.Epoch && (read.Head.Seq != head.Seq || read.Events.Any(e => e.Seq > head.Seq)))
        {
            throw Quarantined($"it has events beyond its head, which says {head.Seq}");
        }

        if (head.Seq < _seq) throw Quarantined($"its head has gone back from {_seq} to {head.Seq}");

        // A snapshot that is not used leaves the events behind it out of reach of this page: replay from where the state is.
        await Replay(read.Snapshot is null || Restore(read.Snapshot, head) ? read.Events : [], head);
        _handle.Epoch = head.Epoch;
        _owns = takeRight;
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
        var at = AcknowledgedAt;
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

        if (_seq == AcknowledgedSeq) return;
        _engine.Instruments.Replayed(_seq - AcknowledgedSeq);
        (Acknowledged, AcknowledgedSeq, AcknowledgedAt) = (_state, _seq, at);
        if (at > _engine.Clock.Now.AddSeconds(1)) LedgerLog.AheadOfTheClock(_engine.Log, _handle.Name, at);
        Measure();
        OnAcknowledged?.Invoke();
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
