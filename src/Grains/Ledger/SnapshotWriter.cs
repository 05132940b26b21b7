using FlashSale.Grains.Journal;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// Writes snapshots off the grains' turns, one at a time. They are a convenience: one that is dropped or fails costs a longer replay, nothing else.
/// </summary>
internal sealed partial class SnapshotWriter(IJournal journal, StoreHealth health, LedgerInstruments instruments, ILogger<SnapshotWriter> log)
{
    private const int WaitingMost = 64;

    private readonly Lock _gate = new();
    private readonly Queue<LedgerHandle> _order = new();
    private readonly Dictionary<LedgerHandle, Func<Snapshot>> _waiting = [];
    private readonly Wake _wake = new();
    private bool _stopping;

    /// <summary>False: too many are waiting; the ledger offers a newer one later.</summary>
    /// <param name="ledger">Nothing is written once it is broken: its state may hold events that never became durable.</param>
    /// <param name="encode">Builds the snapshot of an acknowledged, immutable state.</param>
    public bool Offer(LedgerHandle ledger, Func<Snapshot> encode)
    {
        lock (_gate)
        {
            if (_stopping || _waiting.Count >= WaitingMost) return false;
            if (!_waiting.ContainsKey(ledger)) _order.Enqueue(ledger);
            _waiting[ledger] = encode; // The newer one is worth more than the one that waited.
        }

        _wake.Set();
        return true;
    }

    public async Task Run()
    {
        await Task.Yield(); // Encoding is work for the loop's own scheduler, never for whoever started it.
        while (true)
        {
            LedgerHandle? ledger;
            Func<Snapshot>? encode = null;
            bool stopped;
            lock (_gate)
            {
                stopped = _stopping;
                if (_order.TryDequeue(out ledger)) _waiting.Remove(ledger, out encode);
            }

            if (stopped) return;
            if (ledger is null || encode is null) await _wake.Wait();
            else await Write(ledger, encode);
        }
    }

    public void Stop()
    {
        lock (_gate) _stopping = true;
        _wake.Set();
    }

    private async Task Write(LedgerHandle ledger, Func<Snapshot> encode)
    {
        try
        {
            var snapshot = encode();
            if (ledger.Broken) return;
            await journal.WriteSnapshot(ledger.Name, snapshot);
            instruments.SnapshotEnded("written");
        }
        catch (Exception error)
        {
            instruments.SnapshotEnded("failed");
            if (!health.IsDown) SnapshotFailed(ledger.Name, error);
            health.Doubt();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of ledger {Ledger} was not written; its next activation replays more events.")]
    private partial void SnapshotFailed(string ledger, Exception error);
}
