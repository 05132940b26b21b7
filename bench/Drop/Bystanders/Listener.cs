using System.Net.Sockets;
using System.Text;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Bystanders;

/// <summary>One open event stream. It reads what comes and remembers the last state of the board.</summary>
internal sealed class Listener : IDisposable
{
    const int EventMaxBytes = 64 * 1024;

    static ReadOnlySpan<byte> EventEnd => "\n\n"u8;

    static ReadOnlySpan<byte> StateMember => "\"state\":\""u8;

    readonly Socket _socket;
    readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    byte[] _buffer = new byte[2048];
    int _filled;

    Listener(Socket socket) => _socket = socket;

    public long Boards { get; private set; }

    public string? State { get; private set; }

    /// <summary>Completes with the first board; fails where the stream ends before.</summary>
    public Task First => _first.Task;

    /// <summary>The server has ended it, or the connection broke.</summary>
    public bool Ended { get; private set; }

    public static async Task<Listener> OpenAsync(Target target, string campaign, CancellationToken stop)
    {
        var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(target.EndPoint, stop);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /v1/campaigns/{campaign}/events HTTP/1.1\r\nHost: {target.Authority}\r\n\r\n"), stop);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var listener = new Listener(socket);
        _ = listener.ReadAsync();
        return listener;
    }

    public void Dispose() => _socket.Dispose();

    async Task ReadAsync()
    {
        try
        {
            while (_filled < EventMaxBytes && await _socket.ReceiveAsync(_buffer.AsMemory(_filled)) is > 0 and var received)
            {
                _filled += received;
                TakeEvents();
                if (_filled == _buffer.Length)
                    Array.Resize(ref _buffer, _buffer.Length * 2);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Ended all the same.
        }

        Ended = true;
        _first.TrySetException(new DropException($"An event stream ended before its first board: {FlashSale.Drop.Text.Start(_buffer.AsSpan(0, _filled))}"));
    }

    // Headers and chunk sizes stand in between; they have no state, and no event ends in them.
    void TakeEvents()
    {
        var rest = _buffer.AsSpan(0, _filled);
        for (var end = rest.IndexOf(EventEnd); end >= 0; end = rest.IndexOf(EventEnd))
        {
            Take(rest[..end]);
            rest = rest[(end + EventEnd.Length)..];
        }

        rest.CopyTo(_buffer);
        _filled = rest.Length;
    }

    void Take(ReadOnlySpan<byte> text)
    {
        var at = text.IndexOf(StateMember);
        if (at < 0)
            return;
        var state = text[(at + StateMember.Length)..];
        State = Encoding.ASCII.GetString(state[..state.IndexOf((byte)'"')]);
        Boards++;
        _first.TrySetResult();
    }
}
