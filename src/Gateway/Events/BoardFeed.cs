using System.Text;
using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Http;
using FlashSale.Gateway.Shoppers;

namespace FlashSale.Gateway.Events;

/// <summary>One event, written once for all clients.</summary>
/// <param name="Copy">Whose board.</param>
/// <param name="State">As a shopper saw it.</param>
/// <param name="Id">Names what the shopper saw.</param>
/// <param name="Bytes">The event with its id.</param>
internal sealed record BoardEvent(BoardCopy Copy, string State, string Id, byte[] Bytes)
{
    /// <summary>Nothing comes after it.</summary>
    public bool IsLast => State == CampaignState.Closed;

    public static BoardEvent Of(BoardMoment moment) => new(
        moment.Copy,
        moment.State,
        moment.Id,
        [.. Encoding.ASCII.GetBytes($"event: board\nid: {moment.Id}\ndata: "), .. JsonBuffer.ToBytes(moment, BoardJson.Write), .. "\n\n"u8]);
}

/// <summary>The events of one campaign while anybody listens.</summary>
internal sealed class BoardFeed
{
    private const int ToldAtOnce = 64;

    /// <summary>A change is passed on at once to as many clients as this; with more, changes that follow each other quickly are passed on together.</summary>
    private const int UnpacedMost = 500;

    private static readonly TimeSpan PausePerClient = TimeSpan.FromMicroseconds(200);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PauseBetweenPolls = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly BoardCache _boards;
    private readonly ILedgerClock _clock;
    private readonly TimeProvider _time;
    private readonly Action<BoardFeed> _deserted;
    private readonly Lock _gate = new();
    private readonly HashSet<EventClient> _clients = [];
    private BoardCopy _copy; // Under the gate.
    private bool _untold; // Under the gate: the latest event has not been passed on yet.
    private long? _toldAt; // Under the gate.
    private volatile BoardEvent _latest;
    private volatile bool _ended;

    public BoardFeed(BoardCopy copy, BoardCache boards, ILedgerClock clock, TimeProvider time, Action<BoardFeed> deserted)
    {
        (_copy, _boards, _clock, _time, _deserted) = (copy, boards, clock, time, deserted);
        _latest = BoardEvent.Of(Moment(copy));
    }

    public CampaignId Id => _latest.Copy.Board.Id;

    /// <summary>The event of the last change.</summary>
    public BoardEvent Latest => _latest;

    /// <summary>How often all clients were told of a change.</summary>
    public long Told { get; private set; }

    /// <summary>The board at this moment, for one client that has just come.</summary>
    public BoardEvent Present()
    {
        Refresh();
        lock (_gate) return BoardEvent.Of(Moment(_copy));
    }

    /// <summary>False where the last client has left meanwhile.</summary>
    public bool TryAdd(EventClient client)
    {
        lock (_gate) return !_ended && _clients.Add(client);
    }

    public void Remove(EventClient client)
    {
        lock (_gate)
        {
            if (!_clients.Remove(client) || _clients.Count > 0) return;
            _ended = true;
        }

        _deserted(this);
    }

    /// <summary>Passes changes on until the last client has left.</summary>
    public async Task Run()
    {
        Traces.Leave();
        var pause = PauseBetweenPolls;
        while (!_ended)
        {
            try
            {
                if (await _boards.Watch(Id, _latest.Copy.Board.Version) is { } copy) Offer(copy);
                else End();
                pause = PauseBetweenPolls;
            }
            catch (Exception)
            {
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause; // The clients have the last board; the next one comes when it can.
            }

            await Task.Delay(pause, _time);
        }
    }

    /// <summary>Takes over what is newer.</summary>
    public void Offer(BoardCopy copy)
    {
        lock (_gate)
        {
            _copy = _copy.RenewedBy(copy);
        }

        Refresh();
    }

    /// <summary>Makes an event if a shopper would see something else by now (time alone opens and closes), and passes on what is not passed on yet.</summary>
    public void Refresh()
    {
        EventClient[] clients;
        lock (_gate)
        {
            if (_copy.Board.Version != _latest.Copy.Board.Version || CampaignState.Of(_copy.Board, _clock.Now) != _latest.State)
            {
                _latest = BoardEvent.Of(Moment(_copy));
                _untold = true;
            }

            if (!_untold || IsTooSoon()) return;
            (_untold, _toldAt) = (false, _time.GetTimestamp());
            Told++;
            clients = [.. _clients];
        }

        _ = TellAll(clients);
    }

    // A shelf that flickers between "low" and "soldOut" must not cost ten thousand writes each time, in the very seconds of the sale.
    private bool IsTooSoon()
    {
        if (_clients.Count <= UnpacedMost || _toldAt is not { } toldAt) return false;
        var pause = PausePerClient * _clients.Count;
        return _time.GetElapsedTime(toldAt) < (pause < LongestSilence ? pause : LongestSilence);
    }

    // In small parts, so that what else waits for a thread goes in between: ten thousand listeners must not delay a purchase.
    private static async Task TellAll(EventClient[] clients)
    {
        foreach (var part in clients.Chunk(ToldAtOnce))
        {
            await Task.Yield();
            foreach (var client in part) client.TellBoard();
        }
    }

    private void End()
    {
        EventClient[] clients;
        lock (_gate) clients = [.. _clients];
        foreach (var client in clients) client.TellEnd();
    }

    private BoardMoment Moment(BoardCopy copy) => BoardMoment.Of(copy, _clock.Now, _time.GetTimestamp());
}
