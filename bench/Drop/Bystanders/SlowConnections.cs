using System.Net.Sockets;
using System.Text;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Bystanders;

/// <summary>
/// Connections that take a server's patience and give nothing: half a request and silence, a body that drips, an event stream that nobody reads. One that
/// the server cuts is opened again, so that there are always as many.
/// </summary>
internal sealed class SlowConnections : IDisposable
{
    static readonly TimeSpan Drip = TimeSpan.FromSeconds(2);

    readonly CancellationTokenSource _ending = new();
    long _cuts;

    /// <summary>How often the server has cut one.</summary>
    public long Cuts => Interlocked.Read(ref _cuts);

    public static SlowConnections Open(IReadOnlyList<Target> targets, DropPlan plan, int count, TimeProvider time)
    {
        var slow = new SlowConnections();
        for (var i = 0; i < count; i++)
            _ = slow.StayAsync(targets[i % targets.Count], plan, i % 3, time);
        return slow;
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    async Task StayAsync(Target target, DropPlan plan, int kind, TimeProvider time)
    {
        var stop = _ending.Token;
        while (!stop.IsCancellationRequested)
        {
            using var socket = new Socket(target.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
            try
            {
                await socket.ConnectAsync(target.EndPoint, stop);
                await socket.SendAsync(Beginning(target, plan, kind), stop);
                while (true)
                {
                    await Task.Delay(Drip, time, stop);
                    if (kind == 1)
                        await socket.SendAsync(new byte[] { (byte)' ' }, stop);
                    else if (socket.Poll(0, SelectMode.SelectRead) && (kind == 0 || socket.Poll(0, SelectMode.SelectError)))
                        break;
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Cut, or the run is over.
            }

            if (!stop.IsCancellationRequested)
                Interlocked.Increment(ref _cuts);
        }
    }

    static byte[] Beginning(Target target, DropPlan plan, int kind) => Encoding.ASCII.GetBytes(kind switch
    {
        0 => $"POST /v1/campaigns/{plan.Campaign}/holds HTTP/1.1\r\nHost: {target.Authority}\r\nAuthor",
        1 => $"POST /v1/campaigns/{plan.Campaign}/holds HTTP/1.1\r\nHost: {target.Authority}\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
        _ => $"GET /v1/campaigns/{plan.Campaign}/events HTTP/1.1\r\nHost: {target.Authority}\r\n\r\n",
    });
}
