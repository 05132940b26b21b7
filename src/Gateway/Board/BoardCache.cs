using System.Collections.Concurrent;
using FlashSale.Contracts;
using Orleans;

namespace FlashSale.Gateway.Board;

/// <summary>A gateway's copy of a board.</summary>
/// <param name="board">As the campaign answered.</param>
/// <param name="askedAt">Timestamp at which the campaign was asked: the answer is at least that new.</param>
/// <param name="content">What was made of the same version before.</param>
internal sealed class BoardCopy(CampaignBoard board, long askedAt, BoardContent content)
{
    public CampaignBoard Board => board;

    public long AskedAt => askedAt;

    public BoardContent Content => content;

    /// <summary>
    /// What is to be shown once another copy has come: that one, unless it is the older one, as of an activation that lost its rights. With later events
    /// its version may be lower all the same, where the activation before had a clock that was ahead: then it is made to grow.
    /// </summary>
    public BoardCopy RenewedBy(BoardCopy next)
    {
        var has = next.Board;
        var order = (has.Seq, has.Version).CompareTo((board.Seq, board.Version));
        if (next.AskedAt < askedAt || order < 0) return this;
        if (order == 0) return new BoardCopy(board, next.AskedAt, content);
        return has.Version >= board.Version ? next : new BoardCopy(has with { Version = board.Version + 1 }, next.AskedAt, next.Content);
    }
}

/// <summary>What is written once for each version of a board.</summary>
internal sealed class BoardContent
{
    /// <summary>The array of SKUs as JSON; null until somebody asked for it.</summary>
    public byte[]? SkusJson { get; set; }
}

/// <summary>
/// Boards of the campaigns in use. Each is followed by one long poll, however many shoppers look at it, until nobody did for a while.
/// Nothing is remembered of campaigns that do not exist.
/// </summary>
internal sealed class BoardCache(IGrainFactory grains, TimeProvider time, BoardOptions options)
{
    private static readonly TimeSpan PauseBetweenPolls = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<CampaignId, Followed> _followed = new();
    private readonly Dictionary<CampaignId, Task<BoardCopy?>> _looks = []; // Locked by itself.
    private volatile bool _stopped;

    /// <summary>Campaigns that are followed by a long poll.</summary>
    public int Count => _followed.Count;

    /// <summary>The greatest age of a followed copy; zero where there is none. Looks at all of them.</summary>
    public TimeSpan OldestAge
    {
        get
        {
            var oldest = TimeSpan.Zero;
            foreach (var (_, entry) in _followed)
            {
                var age = AgeOf(entry.Copy);
                if (age > oldest) oldest = age;
            }

            return oldest;
        }
    }

    /// <summary>The newest copy, or a fresh look at a campaign that is not followed; null where there is no such campaign.</summary>
    public ValueTask<BoardCopy?> Look(CampaignId campaign)
    {
        if (!_followed.TryGetValue(campaign, out var entry)) return new ValueTask<BoardCopy?>(LookAfresh(campaign));
        entry.UsedAt = time.GetTimestamp();
        return new ValueTask<BoardCopy?>(entry.Copy);
    }

    /// <summary>
    /// The copy as soon as it is of a greater version than the known one, or as it is when a long poll has ended without a change. Whoever comes back each
    /// time keeps a followed board followed; one beyond the bound costs a long poll of its own.
    /// </summary>
    /// <returns>Null: no such campaign.</returns>
    public async Task<BoardCopy?> Watch(CampaignId campaign, long knownVersion)
    {
        if (_followed.TryGetValue(campaign, out var entry))
        {
            entry.UsedAt = time.GetTimestamp();
            return await entry.Newer(knownVersion);
        }

        var askedAt = time.GetTimestamp();
        return await grains.Campaign(campaign).Watch(knownVersion) is { } board ? Keep(new BoardCopy(board, askedAt, new BoardContent())) : null;
    }

    /// <summary>
    /// Asks the campaign, in one call for all who ask meanwhile. A look that is already under way may have left before the campaign was
    /// made or changed, so whoever finds one waits for it and shares the next.
    /// </summary>
    public async Task<BoardCopy?> LookAfresh(CampaignId campaign)
    {
        Task<BoardCopy?>? earlier;
        lock (_looks) _looks.TryGetValue(campaign, out earlier);
        if (earlier is not null) await Ended(earlier);

        TaskCompletionSource<BoardCopy?>? mine = null;
        Task<BoardCopy?>? look;
        lock (_looks)
        {
            if (!_looks.TryGetValue(campaign, out look))
            {
                mine = new TaskCompletionSource<BoardCopy?>(TaskCreationOptions.RunContinuationsAsynchronously);
                _looks.Add(campaign, look = mine.Task);
            }
        }

        return mine is null ? await look : await Ask(campaign, mine);
    }

    /// <summary>For how long the copy may have been out of date.</summary>
    public TimeSpan AgeOf(BoardCopy copy) => time.GetElapsedTime(copy.AskedAt);

    /// <summary>Ends all long polls as they return; from then on each look asks the campaign.</summary>
    public void Stop()
    {
        _stopped = true;
        foreach (var (id, entry) in _followed)
        {
            _followed.TryRemove(KeyValuePair.Create(id, entry));
            entry.End();
        }
    }

    private async Task<BoardCopy?> Ask(CampaignId campaign, TaskCompletionSource<BoardCopy?> look)
    {
        BoardCopy? copy = null;
        Exception? failure = null;
        try
        {
            var askedAt = time.GetTimestamp();
            if (await grains.Campaign(campaign).Watch(0) is { } board) copy = Keep(new BoardCopy(board, askedAt, new BoardContent()));
        }
        catch (Exception exception)
        {
            failure = exception;
        }

        lock (_looks) _looks.Remove(campaign);
        if (failure is null) look.SetResult(copy);
        else look.SetException(failure);
        return await look.Task;
    }

    private static async Task Ended(Task look)
    {
        try
        {
            await look;
        }
        catch (Exception)
        {
            // Its own callers hear of it.
        }
    }

    private BoardCopy Keep(BoardCopy copy)
    {
        if (_followed.TryGetValue(copy.Board.Id, out var entry)) return entry.Renew(copy);
        if (_stopped || _followed.Count >= options.MaxBoards) return copy;
        entry = new Followed(copy) { UsedAt = time.GetTimestamp() };
        if (_followed.TryAdd(copy.Board.Id, entry)) _ = Follow(entry);
        return copy;
    }

    private async Task Follow(Followed entry)
    {
        Traces.Leave();
        var id = entry.Copy.Board.Id;
        var pause = PauseBetweenPolls;
        while (!_stopped && time.GetElapsedTime(entry.UsedAt) < TimeSpan.FromSeconds(options.IdleSeconds))
        {
            try
            {
                var askedAt = time.GetTimestamp();
                var board = await grains.Campaign(id).Watch(entry.Copy.Board.Version);
                if (board is null) break;
                entry.Renew(new BoardCopy(board, askedAt, new BoardContent()));
                pause = PauseBetweenPolls;
            }
            catch (Exception)
            {
                // Whoever looks meanwhile gets the last copy, whose age says how far it can be trusted.
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }

            await Task.Delay(pause, time);
        }

        _followed.TryRemove(KeyValuePair.Create(id, entry));
        entry.End();
    }

    private sealed class Followed(BoardCopy copy)
    {
        private readonly Lock _gate = new();
        private volatile BoardCopy _copy = copy;
        private TaskCompletionSource<BoardCopy>? _newer; // Of whoever waits; guarded by the gate.
        private bool _ended;
        private long _usedAt;

        public BoardCopy Copy => _copy;

        public long UsedAt
        {
            get => Volatile.Read(ref _usedAt);
            set => Volatile.Write(ref _usedAt, value);
        }

        /// <summary>Takes the copy over unless it is the older one.</summary>
        public BoardCopy Renew(BoardCopy next)
        {
            lock (_gate)
            {
                var renewed = _copy.RenewedBy(next);
                if (renewed == _copy) return _copy;
                _copy = renewed;
                Answer();
                return _copy;
            }
        }

        public Task<BoardCopy> Newer(long knownVersion)
        {
            lock (_gate)
            {
                if (_ended || _copy.Board.Version > knownVersion) return Task.FromResult(_copy);
                return (_newer ??= new TaskCompletionSource<BoardCopy>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }

        /// <summary>Nothing newer will come.</summary>
        public void End()
        {
            lock (_gate)
            {
                _ended = true;
                Answer();
            }
        }

        private void Answer()
        {
            _newer?.TrySetResult(_copy);
            _newer = null;
        }
    }
}
