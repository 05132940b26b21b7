using System.Collections.Concurrent;
using FlashSale.Contracts;
using Orleans;

namespace FlashSale.Gateway.Board;

/// <summary>
/// Which campaigns are not closed. The journal is asked at most every two seconds, however many ask, and anew after a change by this process; a
/// campaign that was seen closed is never looked at again, since closing is final.
/// </summary>
internal sealed class CampaignList(IGrainFactory grains, BoardCache boards, ILedgerClock clock, TimeProvider time) : IDisposable
{
    private const int PageSize = 1000;
    private const int LooksAtOnce = 32;
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _refresh = new(1);
    private readonly ConcurrentDictionary<CampaignId, bool> _closed = new();
    private volatile Reading? _latest;
    private int _changes;

    /// <summary>Copies of the boards of all campaigns that are not closed, in the order of their ids.</summary>
    public async Task<IReadOnlyList<BoardCopy>> Read()
    {
        var copies = new List<BoardCopy>();
        foreach (var chunk in (await LiveIds()).Chunk(LooksAtOnce))
        {
            foreach (var copy in await Task.WhenAll(chunk.Select(id => boards.Look(id).AsTask())))
            {
                if (copy is null) continue;
                if (CampaignState.Of(copy.Board, clock.Now) != CampaignState.Closed) copies.Add(copy);
                else if (copy.Board.Closed) _closed.TryAdd(copy.Board.Id, true);
            }
        }

        return copies;
    }

    /// <summary>Whoever reads from now on sees what the journal has now.</summary>
    public void Forget() => Interlocked.Increment(ref _changes);

    public void Dispose() => _refresh.Dispose();

    private async Task<IEnumerable<CampaignId>> LiveIds()
    {
        if (Fresh() is { } reading) return reading.Live(_closed);
        await _refresh.WaitAsync();
        try
        {
            if (Fresh() is { } other) return other.Live(_closed);
            var readAt = time.GetTimestamp();
            var changes = Volatile.Read(ref _changes);
            var ids = new List<CampaignId>();
            string? after = null;
            do
            {
                var page = await grains.Journal().List(LedgerKind.Campaign, after, PageSize);
                after = page.Length == PageSize ? page[^1] : null;
                foreach (var text in page)
                {
                    if (CampaignId.TryParse(text, out var id)) ids.Add(id);
                }
            }
            while (after is not null);
            _latest = new Reading(ids, readAt, changes);
            return _latest.Live(_closed);
        }
        finally
        {
            _refresh.Release();
        }
    }

    private Reading? Fresh() =>
        _latest is { } reading && reading.Changes == Volatile.Read(ref _changes) && time.GetElapsedTime(reading.ReadAt) < Lifetime ? reading : null;

    private sealed record Reading(List<CampaignId> Ids, long ReadAt, int Changes)
    {
        public IEnumerable<CampaignId> Live(ConcurrentDictionary<CampaignId, bool> closed) => Ids.Where(id => !closed.ContainsKey(id));
    }
}
