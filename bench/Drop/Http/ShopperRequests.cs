using System.Text;

namespace FlashSale.Drop.Http;

/// <summary>
/// The three requests of a shopper as bytes. Everything that is the same for all shoppers is built once; a request is then three copies
/// into the caller's buffer.
/// </summary>
internal sealed class ShopperRequests
{
    /// <summary>Room for any request: the longest token accepted, a key, and the fixed parts.</summary>
    public const int BufferBytes = 4096, TokenMaxBytes = 2048;

    readonly byte[] _holdHead, _holdMiddle, _holdTail, _releaseHead, _releaseMiddle, _releaseTail;
    readonly string _host;

    public ShopperRequests(string host, string campaign, string sku)
    {
        _host = host;
        var body = $$"""{"sku":"{{sku}}","quantity":1}""";
        _holdHead = Encoding.ASCII.GetBytes($"POST /v1/campaigns/{campaign}/holds HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer ");
        _holdMiddle = "\r\nIdempotency-Key: "u8.ToArray();
        _holdTail = Encoding.ASCII.GetBytes($"\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        _releaseHead = "DELETE /v1/holds/"u8.ToArray();
        _releaseMiddle = Encoding.ASCII.GetBytes($" HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer ");
        _releaseTail = "\r\n\r\n"u8.ToArray();
    }

    public ReadOnlyMemory<byte> Hold(byte[] buffer, ReadOnlySpan<byte> token, ReadOnlySpan<byte> key) =>
        Join(buffer, _holdHead, token, _holdMiddle, key, _holdTail);

    public ReadOnlyMemory<byte> Release(byte[] buffer, ReadOnlySpan<byte> token, ReadOnlySpan<byte> hold) =>
        Join(buffer, _releaseHead, hold, _releaseMiddle, token, _releaseTail);

    /// <summary>Once per shopper and not measured, hence not pre-built.</summary>
    public ReadOnlyMemory<byte> Login(string name)
    {
        var body = $$"""{"code":"dev:{{name}}"}""";
        return Encoding.ASCII.GetBytes(
            $"POST /v1/sessions HTTP/1.1\r\nHost: {_host}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
    }

    static ReadOnlyMemory<byte> Join(
        byte[] buffer, ReadOnlySpan<byte> a, ReadOnlySpan<byte> b, ReadOnlySpan<byte> c, ReadOnlySpan<byte> d, ReadOnlySpan<byte> e)
    {
        var length = 0;
        Append(a, buffer, ref length);
        Append(b, buffer, ref length);
        Append(c, buffer, ref length);
        Append(d, buffer, ref length);
        Append(e, buffer, ref length);
        return buffer.AsMemory(0, length);
    }

    static void Append(ReadOnlySpan<byte> part, byte[] buffer, ref int length)
    {
        part.CopyTo(buffer.AsSpan(length));
        length += part.Length;
    }
}
