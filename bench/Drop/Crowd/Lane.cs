using System.Net;
using FlashSale.Drop.Http;

namespace FlashSale.Drop.Crowd;

/// <summary>
/// What one worker drives shoppers with: a connection, a second one for double taps, a buffer to write requests in, its own counters.
/// Nothing of it is shared, so workers never wait for each other.
/// </summary>
internal sealed class Lane(EndPoint server, ShopperRequests requests, TimeSpan requestLimit, TimeProvider time) : IDisposable
{
    readonly Connection _first = new(server, requestLimit, time);
    readonly Connection _second = new(server, requestLimit, time);
    readonly byte[] _buffer = new byte[ShopperRequests.BufferBytes];
    readonly byte[] _holdId = new byte[32];

    public Tally Tally { get; } = new();

    public Tally Logins { get; } = new();

    public ValueTask<Answer> HoldAsync(Shopper shopper) => HoldAsync(shopper, shopper.Wish);

    public ValueTask<Answer> HoldAsync(Shopper shopper, Wish wish)
    {
        Spend(shopper);
        return MeasureAsync(_first, requests.Hold(_buffer, shopper.Token, wish.Key));
    }

    /// <summary>The same request over two connections at once. Both bodies stay valid: they are in two buffers.</summary>
    public async ValueTask<(Answer First, Answer Second)> HoldTwiceAsync(Shopper shopper)
    {
        Spend(shopper);
        Spend(shopper);
        var request = requests.Hold(_buffer, shopper.Token, shopper.Wish.Key);
        var first = MeasureAsync(_first, request);
        var second = MeasureAsync(_second, request);
        return (await first, await second);
    }

    /// <summary>Sends the request and cuts the connection without reading; the next request opens a new one.</summary>
    public ValueTask<bool> HoldAndLeaveAsync(Shopper shopper, bool hard)
    {
        Spend(shopper);
        Tally.CountRequest();
        return _first.SendAndLeaveAsync(requests.Hold(_buffer, shopper.Token, shopper.Wish.Key), hard);
    }

    public async ValueTask<Answer> ReleaseAsync(Shopper shopper, string holdId)
    {
        Spend(shopper);
        Tally.CountRequest();
        var length = System.Text.Encoding.ASCII.GetBytes(holdId, _holdId);
        var response = await _first.ExchangeAsync(requests.Release(_buffer, shopper.Token, _holdId.AsSpan(0, length)));
        return Count(Tally, "DELETE", response);
    }

    public async ValueTask<Response> LoginAsync(string name)
    {
        Logins.CountRequest();
        var start = time.GetTimestamp();
        var response = await _first.ExchangeAsync(requests.Login(name));
        Logins.Latency.Record(time.GetElapsedTime(start));
        return response;
    }

    public void CutIfLate(long nowTimestamp)
    {
        _first.CutIfLate(nowTimestamp);
        _second.CutIfLate(nowTimestamp);
    }

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
    }

    void Spend(Shopper shopper) => shopper.Pace.Spend(time.GetElapsedTime(0));

    async ValueTask<Answer> MeasureAsync(Connection connection, ReadOnlyMemory<byte> request)
    {
        Tally.CountRequest();
        var start = time.GetTimestamp();
        var response = await connection.ExchangeAsync(request);
        var latency = time.GetElapsedTime(start);
        // Two taps end on two threads; the counters have one writer at a time all the same.
        lock (_buffer)
        {
            if (!response.IsBroken)
                Tally.Latency.Record(latency);
            return Count(Tally, "POST", response);
        }
    }

    static Answer Count(Tally tally, string call, Response response)
    {
        var answer = Answer.Read(response);
        // Each call has one kind of yes; the other's yes is as odd as any unknown status.
        if (answer.Kind == (call == "POST" ? AnswerKind.Released : AnswerKind.Held))
            answer = answer with { Kind = AnswerKind.Odd, Code = "status_" + answer.Code };
        tally.CountAnswer(call, answer, response.Trouble);
        return answer;
    }
}
