using System.Net;
using System.Net.Sockets;

namespace FlashSale.Testing;

/// <summary>What becomes of the next data that a client sends through a <see cref="TcpProxy"/>; after a cut everything passes again.</summary>
public enum Cut
{
    /// <summary>They pass.</summary>
    None,

    /// <summary>The connection is lost before a byte of them arrives.</summary>
    Before,

    /// <summary>The connection is lost when half of them have arrived.</summary>
    During,

    /// <summary>They arrive, and the connection is lost when the server begins to answer.</summary>
    After,
}

/// <summary>Stands between a client and a server on this machine, and loses connections on request.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _server;
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private readonly HashSet<Socket> _clients = []; // Under the gate, with the next.
    private bool _isDown;
    private int _next;

    /// <param name="server">Port of the server.</param>
    public TcpProxy(int server)
    {
        _server = server;
        _listener.Start();
        _accepting = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Decides over the next data of whichever client sends first.</summary>
    public Cut Next
    {
        set => Volatile.Write(ref _next, (int)value);
    }

    /// <summary>Down: all connections are lost, and new ones as soon as they are made.</summary>
    public bool IsDown
    {
        set
        {
            lock (_gate)
            {
                _isDown = value;
                foreach (var client in value ? _clients : []) client.Dispose();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task Accept()
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(Serve(await _listener.AcceptSocketAsync(_stopping.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task Serve(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        if (!TryEnter(client)) return;
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var connection = new Connection(client, server, lost);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _server, lost.Token);
            await Task.WhenAll(ToServer(connection), ToClient(connection));
        }
        catch (SocketException)
        {
            // The server is down; the client hears that its connection is closed.
        }
        finally
        {
            lock (_gate) _clients.Remove(client);
            client.Dispose();
        }
    }

    private bool TryEnter(Socket client)
    {
        lock (_gate)
        {
            if (!_isDown) return _clients.Add(client);
        }

        client.Dispose();
        return false;
    }

    private async Task ToServer(Connection connection)
    {
        await connection.Copy(connection.Client, connection.Server, data =>
        {
            var cut = (Cut)Interlocked.Exchange(ref _next, (int)Cut.None);
            connection.CutsAnswer |= cut == Cut.After;
            return cut switch { Cut.Before => 0, Cut.During => data / 2, _ => data };
        });
    }

    private static Task ToClient(Connection connection) =>
        connection.Copy(connection.Server, connection.Client, data => connection.CutsAnswer ? 0 : data);

    private sealed class Connection(Socket client, Socket server, CancellationTokenSource lost)
    {
        public Socket Client => client;

        public Socket Server => server;

        public volatile bool CutsAnswer;

        /// <summary>Passes data on; the connection is lost once fewer may pass than came, or when one side closes it.</summary>
        public async Task Copy(Socket from, Socket to, Func<int, int> allow)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                while (await from.ReceiveAsync(buffer, lost.Token) is > 0 and var came)
                {
                    var allowed = allow(came);
                    for (var sent = 0; sent < allowed;) sent += await to.SendAsync(buffer.AsMemory(sent, allowed - sent), lost.Token);
                    if (allowed < came) break;
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One side is gone: so is the other.
            }
            await lost.CancelAsync();
        }
    }
}
