using System.Net;
using System.Net.Sockets;
using FlashSale.Drop.Http;

namespace FlashSale.Drop.Crowd;

/// <summary>A server as the crowd reaches it.</summary>
internal sealed record Target(EndPoint EndPoint, string Authority, ShopperRequests Requests)
{
    /// <summary>Once, and not at each connect: a desertion opens a connection. A name may stand for addresses at which nobody listens (localhost).</summary>
    public static async Task<Target> ResolveAsync(Uri server, DropPlan plan, CancellationToken stop)
    {
        foreach (var address in await Dns.GetHostAddressesAsync(server.DnsSafeHost, stop))
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, server.Port), stop);
                return new Target(socket.RemoteEndPoint!, server.Authority, new ShopperRequests(server.Authority, plan.Campaign, plan.Sku));
            }
            catch (SocketException)
            {
                // The next address, then.
            }
        }

        throw new DropException($"No address of {server.Authority} takes a connection.");
    }
}
