using System.Net;
using System.Net.Sockets;

namespace FlashSale.Drop.Http;

/// <summary>
/// One keep-alive connection, one request at a time, opened when it is first needed and again after it broke. Socket errors are
/// values here: to a shopper a broken connection is one more kind of answer. Used by one worker; only <see cref="CutIfLate"/> comes from elsewhere.
/// </summary>
internal sealed class Connection(EndPoint server, TimeSpan requestLimit, TimeProvider time) : IDisposable
{
    public const int AnswerMaxBytes = 1 << 20;

    // Servers close a connection that was idle for long; a request sent into that moment would be lost.
    static readonly TimeSpan IdleMost = TimeSpan.FromSeconds(30);

    byte[] _buffer = new byte[4096];
    Socket? _socket;
    long _dueTimestamp, _usedTimestamp;

    /// <summary>Sends a request and reads its whole answer.</summary>
    public async ValueTask<Response> ExchangeAsync(ReadOnlyMemory<byte> request)
    {
        try
        {
            await SendAsync(request);
            return await ReceiveAsync();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return Break(e is SocketException s ? s.SocketErrorCode.ToString() : $"no answer within {requestLimit.TotalSeconds:0} s");
        }
        finally
        {
            Volatile.Write(ref _dueTimestamp, 0);
        }
    }

    /// <summary>Sends a whole request and leaves: <paramref name="hard"/> with a reset, else with an orderly close. Says whether it was sent.</summary>
    public async ValueTask<bool> SendAndLeaveAsync(ReadOnlyMemory<byte> request, bool hard)
    {
        try
        {
            await SendAsync(request);
            if (hard)
                _socket!.LingerState = new LingerOption(enable: true, seconds: 0);
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            Volatile.Write(ref _dueTimestamp, 0);
            Dispose();
        }
    }

    /// <summary>Called now and then for all connections instead of arming a timer per request.</summary>
    public void CutIfLate(long nowTimestamp)
    {
        var due = Volatile.Read(ref _dueTimestamp);
        if (due != 0 && nowTimestamp > due)
            Volatile.Read(ref _socket)?.Dispose();
    }

    public void Dispose() => Interlocked.Exchange(ref _socket, null)?.Dispose();

    async ValueTask SendAsync(ReadOnlyMemory<byte> request)
    {
        Volatile.Write(ref _dueTimestamp, time.GetTimestamp() + (long)(requestLimit.TotalSeconds * time.TimestampFrequency));
        if (_socket is not null && time.GetElapsedTime(_usedTimestamp) > IdleMost)
            Dispose();
        _usedTimestamp = time.GetTimestamp();
        if (_socket is null)
        {
            var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            _socket = socket;
            await socket.ConnectAsync(server);
        }

        while (request.Length > 0)
            request = request[await _socket.SendAsync(request)..];
    }

    async ValueTask<Response> ReceiveAsync()
    {
        for (var length = 0; ;)
        {
            var received = await _socket!.ReceiveAsync(_buffer.AsMemory(length));
            if (received == 0)
                return Break("closed by the server");
            length += received;
            switch (ResponseParser.TryParse(_buffer.AsSpan(0, length), out var parsed))
            {
                case ParseState.Complete when parsed.Consumed == length:
                    if (parsed.Closes)
                        Dispose();
                    return new Response(parsed.Status, _buffer.AsMemory(parsed.BodyStart, parsed.BodyLength), null);
                case ParseState.Complete or ParseState.Malformed:
                    return Break("not an HTTP/1.1 answer");
                case ParseState.NeedMore when length == _buffer.Length && length == AnswerMaxBytes:
                    return Break("answer over 1 MiB");
                case ParseState.NeedMore when length == _buffer.Length:
                    Array.Resize(ref _buffer, length * 2);
                    break;
            }
        }
    }

    Response Break(string trouble)
    {
        Dispose();
        return Response.Broken(trouble);
    }
}
