using FlashSale.Drop.Http;

namespace FlashSale.Drop.Crowd;

/// <summary>
/// What one worker drives shoppers with: a connection to each server, a second one for double taps, buffers to write requests in, its own
/// counters. Nothing of it is shared but the timeline, so workers hardly wait for each other.
/// </summary>
internal sealed class Lane(IReadOnlyList<Target> targets, TimeSpan requestLimit, Timeline timeline, TimeProvider time) : IDisposable
{
    readonly Connection[] _first = Open(targets, requestLimit, time), _second = Open(targets, requestLimit, time);
    readonly byte[] _buffer = new byte[ShopperRequests.BufferBytes], _secondBuffer = new byte[ShopperRequests.BufferBytes];
    readonly byte[] _holdId = new byte[32];
    readonly Lock _counting = new();
    int _logins;

    public Tally Tally { get; } = new();

    public ValueTask<Answer> HoldAsync(Shopper shopper) => HoldAsync(shopper, shopper.Wish);

    public ValueTask<Answer> HoldAsync(Shopper shopper, Wish wish)
    {
        var from = TakeTurn(shopper);
        var server = Spend(shopper);
        return MeasureAsync(shopper, _first[server], targets[server].Requests.Hold(_buffer, shopper.Token, wish.Key), from);
    }

    /// <summary>The same request over two connections at once, to two servers where there are. Both bodies stay valid: they are in two buffers.</summary>
    public async ValueTask<(Answer First, Answer Second)> HoldTwiceAsync(Shopper shopper)
    {
        var from = TakeTurn(shopper);
        var (one, other) = (Spend(shopper), Spend(shopper));
        var first = MeasureAsync(shopper, _first[one], targets[one].Requests.Hold(_buffer, shopper.Token, shopper.Wish.Key), from);
        var second = MeasureAsync(shopper, _second[other], targets[other].Requests.Hold(_secondBuffer, shopper.Token, shopper.Wish.Key), from);
        return (await first, await second);
    }

    /// <summary>Sends the request and cuts the connection without reading; the next request opens a new one. The turn goes on: it had no answer.</summary>
    public ValueTask<bool> HoldAndLeaveAsync(Shopper shopper, bool hard)
    {
        var server = Spend(shopper);
        return _first[server].SendAndLeaveAsync(targets[server].Requests.Hold(_buffer, shopper.Token, shopper.Wish.Key), hard);
    }

    public async ValueTask<Answer> ReleaseAsync(Shopper shopper, string holdId)
    {
        TakeTurn(shopper);
        var server = Spend(shopper);
        var length = System.Text.Encoding.ASCII.GetBytes(holdId, _holdId);
        var response = await _first[server].ExchangeAsync(targets[server].Requests.Release(_buffer, shopper.Token, _holdId.AsSpan(0, length)));
        var answer = Count(shopper, "DELETE", response);
        timeline.CountAnswer(answer.Kind, Now);
        return answer;
    }

    public ValueTask<Response> LoginAsync(string name)
    {
        var server = _logins++ % targets.Count;
        return _first[server].ExchangeAsync(targets[server].Requests.Login(name));
    }

    public void CutIfLate(long nowTimestamp)
    {
        foreach (var connection in _first)
            connection.CutIfLate(nowTimestamp);
        foreach (var connection in _second)
            connection.CutIfLate(nowTimestamp);
    }

    public void Dispose()
    {
        foreach (var connection in _first)
            connection.Dispose();
        foreach (var connection in _second)
            connection.Dispose();
    }

    TimeSpan Now => time.GetElapsedTime(0);

    static Connection[] Open(IReadOnlyList<Target> targets, TimeSpan requestLimit, TimeProvider time) =>
        [.. targets.Select(target => new Connection(target.EndPoint, requestLimit, time))];

    int Spend(Shopper shopper)
    {
        Tally.CountRequest();
        shopper.Pace.Spend(Now);
        return shopper.NextServer(targets.Count);
    }

    /// <summary>From when the latency of the coming request counts: the time of the shopper's turn, which only one request can claim, or now.</summary>
    TimeSpan TakeTurn(Shopper shopper)
    {
        var from = shopper.Due ?? Now;
        shopper.Due = null;
        shopper.Arrived ??= from;
        return from;
    }

    async ValueTask<Answer> MeasureAsync(Shopper shopper, Connection connection, ReadOnlyMemory<byte> request, TimeSpan from)
    {
        var response = await connection.ExchangeAsync(request);
        var now = Now;
        // Two taps end on two threads; the counters have one writer at a time all the same.
        lock (_counting)
        {
            var answer = Count(shopper, "POST", response);
            timeline.CountHold(answer.Kind, answer.IsDecision, from, now);
            if (!answer.IsDecision || shopper.Decided)
                return answer;
            shopper.Decided = true;
            timeline.CountFirstDecision(shopper.Arrived!.Value, now);
            return answer;
        }
    }

    Answer Count(Shopper shopper, string call, Response response)
    {
        var answer = Answer.Read(response);
        // Each call has one kind of yes; the other's yes is as odd as any unknown status.
        if (answer.Kind == (call == "POST" ? AnswerKind.Released : AnswerKind.Held))
            answer = answer with { Kind = AnswerKind.Odd, Code = "status_" + answer.Code };
        if (!answer.IsRetryable)
            shopper.ForgetFailures();
        Tally.CountAnswer(call, answer, response.Trouble);
        return answer;
    }
}
