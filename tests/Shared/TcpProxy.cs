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

/// <summary>Stands between a client and a server on this machine; loses connections on request, delays what passes, or swallows it.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _server;
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private readonly HashSet<Connection> _connections = []; // Under the gate, with the next two.
    private bool _isDown;
    private bool _isBlackHole;
    private int _next;
    private long _delayTicks;

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

    /// <summary>How long whatever passes is on its way, in each direction.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref _delayTicks));
        set => Volatile.Write(ref _delayTicks, value.Ticks);
    }

    /// <summary>Down: all connections are lost, and new ones as soon as they are made.</summary>
    public bool IsDown
    {
        set
        {
            lock (_gate)
            {
                _isDown = value;
                foreach (var connection in value ? _connections : []) connection.Client.Dispose();
            }
        }
    }

    /// <summary>
    /// A black hole: what either side sends vanishes without a word, on the connections that there are and on new ones. They stay that way when it
    /// ends, until whoever waits gives up; those made later work.
    /// </summary>
    public bool IsBlackHole
    {
        set
        {
            lock (_gate)
            {
                _isBlackHole = value;
                foreach (var connection in value ? _connections : []) connection.ForgetsRequests = connection.ForgetsAnswers = true;
            }
        }
    }

    /// <summary>How many clients are connected.</summary>
    public int Connections
    {
        get
        {
            lock (_gate) return _connections.Count;
        }
    }

    /// <summary>The server hears that each client is done; the clients do not know, and what they send from now on vanishes.</summary>
    public void HalfCloseToServer() => Each(connection =>
    {
        connection.ForgetsRequests = true;
        connection.Server.Shutdown(SocketShutdown.Send);
    });

    /// <summary>Each client hears that the server is done; the server does not know, and what it answers from now on vanishes.</summary>
    public void HalfCloseToClients() => Each(connection =>
    {
        connection.ForgetsAnswers = true;
        connection.Client.Shutdown(SocketShutdown.Send);
    });

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private void Each(Action<Connection> act)
    {
        lock (_gate)
        {
            foreach (var connection in _connections)
            {
                try
                {
                    act(connection);
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    // It has ended meanwhile.
                }
            }
        }
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
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var connection = new Connection(client, server, lost);
        if (!TryEnter(connection)) return;
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
            lock (_gate) _connections.Remove(connection);
            client.Dispose();
        }
    }

    private bool TryEnter(Connection connection)
    {
        lock (_gate)
        {
            connection.ForgetsRequests = connection.ForgetsAnswers = _isBlackHole;
            if (!_isDown) return _connections.Add(connection);
        }

        connection.Client.Dispose();
        return false;
    }

    private Task ToServer(Connection connection) => connection.Copy(connection.Client, connection.Server, async data =>
    {
        await Wait();
        if (connection.ForgetsRequests) return null;
        var cut = (Cut)Interlocked.Exchange(ref _next, (int)Cut.None);
        connection.CutsAnswer |= cut == Cut.After;
        return cut switch { Cut.Before => 0, Cut.During => data / 2, _ => data };
    });

    private Task ToClient(Connection connection) => connection.Copy(connection.Server, connection.Client, async data =>
    {
        await Wait();
        return connection.ForgetsAnswers ? null : connection.CutsAnswer ? 0 : data;
    });

    private Task Wait() => Delay > TimeSpan.Zero ? Task.Delay(Delay, TimeProvider.System, _stopping.Token) : Task.CompletedTask;

    private sealed class Connection(Socket client, Socket server, CancellationTokenSource lost)
    {
        public Socket Client => client;

        public Socket Server => server;

        public volatile bool CutsAnswer;

        public volatile bool ForgetsRequests;

        public volatile bool ForgetsAnswers;

        /// <summary>Passes data on; the connection is lost once fewer may pass than came, or when one side closes it. Null: they vanish.</summary>
        public async Task Copy(Socket from, Socket to, Func<int, Task<int?>> allow)
        {
            var buffer = new byte[64 * 1024];
            try
            {
                while (await from.ReceiveAsync(buffer, lost.Token) is > 0 and var came)
                {
                    if (await allow(came) is not { } allowed) continue;
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
