using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FlashSale.Gateway.Http;

/// <summary>How often a client's address may ask for a session.</summary>
internal sealed class AddressRate(TimeProvider time, double permitsPerSecond, int burst) : TokenBuckets<UInt128>(time, permitsPerSecond, burst)
{
    /// <summary>An IPv4 address, mapped or not, or the /64 of an IPv6 one: within that whoever owns one address owns them all. Zero where there is none.</summary>
    public static UInt128 KeyOf(IPAddress? address)
    {
        if (address is null) return 0;
        Span<byte> bytes = stackalloc byte[16];
        var plain = address.IsIPv4MappedToIPv6 || address.AddressFamily != AddressFamily.InterNetworkV6;
        (plain ? address.MapToIPv6() : address).TryWriteBytes(bytes, out _);
        if (!plain) bytes[8..].Clear();
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
