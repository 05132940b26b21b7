using FlashSale.Grains.Journal;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// Writes snapshots off the grains' turns, one at a time. They are a convenience: one that is dropped or fails costs a longer replay, nothing else.
/// </summary>
internal sealed partial class SnapshotWriter(IJournal journal, ILogger<SnapshotWriter> log)
{
    private const int WaitingMost = 64;

    private readonly Lock _gate = new();
    private readonly Queue<Job> _waiting = new();
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
            _waiting.Enqueue(new Job(ledger, encode));
        }

        _wake.Set();
        return true;
    }

    public async Task Run()
    {
        await Task.Yield(); // Encoding is work for the loop's own scheduler, never for whoever started it.
        while (true)
        {
            Job job;
            bool stopped, any;
            lock (_gate)
            {
                stopped = _stopping;
                any = _waiting.TryDequeue(out job);
            }

            if (stopped) return;
            if (any) await Write(job);
            else await _wake.Wait();
        }
    }

    public void Stop()
    {
        lock (_gate) _stopping = true;
        _wake.Set();
    }

    private async Task Write(Job job)
    {
        try
        {
            var snapshot = job.Encode();
            if (!job.Ledger.Broken) await journal.WriteSnapshot(job.Ledger.Name, snapshot);
        }
        catch (Exception error)
        {
            SnapshotFailed(job.Ledger.Name, error);
        }
    }

    private readonly record struct Job(LedgerHandle Ledger, Func<Snapshot> Encode);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of ledger {Ledger} was not written; its next activation replays more events.")]
    private partial void SnapshotFailed(string ledger, Exception error);
}
