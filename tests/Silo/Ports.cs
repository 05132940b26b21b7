using System.Net;
using System.Net.Sockets;

namespace FlashSale.Silo.Tests;

/// <summary>Ports of the loopback that nobody had a moment ago.</summary>
internal static class Ports
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Settings for one more silo on this machine; only the Orleans engine listens there.</summary>
    public static string[] OfSilo() =>
        ["--FlashSale:Cluster:Address", "127.0.0.1", "--FlashSale:Cluster:SiloPort", $"{Free()}", "--FlashSale:Cluster:GatewayPort", $"{Free()}"];
}
