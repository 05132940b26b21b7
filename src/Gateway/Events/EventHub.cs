using System.Collections.Concurrent;
using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Events;

/// <summary>
/// All event streams of the process: their bound, one feed a campaign, and one timer for all. Each tick looks whether time has changed a state, and gives a
/// sixtieth of the clients their sign of life, so each gets one every 15 s.
/// </summary>
internal sealed class EventHub : IDisposable
{
    public const int Slices = 60;
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PatienceAtStop = TimeSpan.FromSeconds(1);

    private readonly BoardCache _boards;
    private readonly ILedgerClock _clock;
    private readonly TimeProvider _time;
    private readonly EventOptions _options;
    private readonly ConcurrentDictionary<CampaignId, BoardFeed> _feeds = new();
    private readonly HashSet<EventClient>[] _slices = [.. Enumerable.Range(0, Slices).Select(_ => new HashSet<EventClient>())]; // Each locked by itself.
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private volatile int _clients; // Written under the gate.
    private long _entered;
    private bool _stopped;
    private uint _ticks;
    private int _ticking;

    public EventHub(BoardCache boards, ILedgerClock clock, TimeProvider time, GatewayOptions options)
    {
        (_boards, _clock, _time, _options) = (boards, clock, time, options.Events);
        _timer = time.CreateTimer(static hub => ((EventHub)hub!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Open streams, 0 to <see cref="EventOptions.MaxClients"/>. Cheap to read.</summary>
    public int Clients => _clients;

    /// <summary>Campaigns that somebody listens to.</summary>
    public int Feeds => _feeds.Count;

    /// <summary>Streams whose client has not taken yet what was sent to it. Looks at all of them.</summary>
    public int Behind
    {
        get
        {
            var behind = 0;
            foreach (var slice in _slices)
            {
                lock (slice) behind += slice.Count(static client => client.WritingSince != 0);
            }

            return behind;
        }
    }

    public long Timestamp => _time.GetTimestamp();

    /// <summary>A place for one more client; null where there is none, or the process is stopping.</summary>
    public EventClient? TryEnter()
    {
        EventClient client;
        lock (_gate)
        {
            if (_stopped || _clients >= _options.MaxClients) return null;
            if (++_clients == 1) _timer.Change(Tick, Tick);
            client = new EventClient(this, ++_entered, Timestamp);
        }

        var slice = SliceOf(client);
        lock (slice) slice.Add(client);
        if (Volatile.Read(ref _stopped)) client.TellEnd();
        return client;
    }

    public void Leave(EventClient client)
    {
        var slice = SliceOf(client);
        lock (slice) slice.Remove(client);
        lock (_gate)
        {
            if (--_clients == 0) _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public bool IsClosed(BoardCopy copy) => CampaignState.Of(copy.Board, _clock.Now) == CampaignState.Closed;

    /// <summary>The feed of the copy's campaign, which this client follows from now on.</summary>
    public BoardFeed FeedOf(BoardCopy copy, EventClient client)
    {
        while (true)
        {
            if (_feeds.TryGetValue(copy.Board.Id, out var feed))
            {
                if (!feed.TryAdd(client)) continue; // Its last client has just left; it takes itself out of the map.
                feed.Offer(copy);
                return feed;
            }

            feed = new BoardFeed(copy, _boards, _clock, _time, Desert);
            feed.TryAdd(client);
            if (!_feeds.TryAdd(copy.Board.Id, feed)) continue;
            _ = feed.Run();
            return feed;
        }
    }

    /// <summary>Ends all streams, so that the process can: they would never end by themselves.</summary>
    public void Stop()
    {
        lock (_gate) _stopped = true;
        foreach (var slice in _slices)
        {
            lock (slice)
            {
                foreach (var client in slice) client.TellEnd();
            }
        }
    }

    public void Dispose() => _timer.Dispose();

    private void OnTick()
    {
        if (Interlocked.Exchange(ref _ticking, 1) != 0) return; // The one before is still at it.
        foreach (var feed in _feeds.Values) feed.Refresh();
        var turn = (int)(_ticks++ % Slices);
        var (stopped, patience) = Volatile.Read(ref _stopped) ? (true, PatienceAtStop) : (false, TimeSpan.FromSeconds(_options.WriteTimeoutSeconds));
        foreach (var slice in stopped ? _slices : _slices.AsSpan(turn, 1)) BeatAll(slice, patience);
        Volatile.Write(ref _ticking, 0);
    }

    // Of a copy: a client that is cut may leave at once.
    private void BeatAll(HashSet<EventClient> slice, TimeSpan patience)
    {
        EventClient[] clients;
        lock (slice) clients = [.. slice];
        foreach (var client in clients) Beat(client, patience);
    }

    private void Beat(EventClient client, TimeSpan patience)
    {
        if (client.WritingSince is not 0 and var since)
        {
            if (_time.GetElapsedTime(since) >= patience) client.Cut();
        }
        else if (_time.GetElapsedTime(client.StartedAt) >= TimeSpan.FromSeconds(Jitter.Over(_options.LifeSeconds, _options.LifeSeconds / 4, client.Number)))
        {
            client.TellEnd();
        }
        else
        {
            client.TellBeat();
        }
    }

    private void Desert(BoardFeed feed) => _feeds.TryRemove(KeyValuePair.Create(feed.Id, feed));

    private HashSet<EventClient> SliceOf(EventClient client) => _slices[client.Number % Slices];
}
