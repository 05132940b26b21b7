using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Sessions;

/// <summary>
/// A session token: who, until when, and a signature. Any gateway with the key can check it without asking anybody.
/// <code>
/// base64url( version 1 | expiresAt, Unix ms, big-endian | shopper, ASCII | first 16 bytes of HMAC-SHA256(key, all before) )
///            1 byte      8 bytes                          1-64 bytes        16 bytes
/// </code>
/// </summary>
internal static class SessionToken
{
    private const byte Version = 1;
    private const int HeadBytes = 9;
    private const int TagBytes = 16;
    private const int MinBytes = HeadBytes + 1 + TagBytes;
    private const int MaxBytes = HeadBytes + 64 + TagBytes;
    private const int MaxChars = (MaxBytes * 4 / 3) + 2;

    public static string Make(ReadOnlySpan<byte> key, ShopperId shopper, DateTimeOffset expiresAt)
    {
        Span<byte> bytes = stackalloc byte[MaxBytes];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], expiresAt.ToUnixTimeMilliseconds());
        var signed = HeadBytes + Encoding.ASCII.GetBytes(shopper.Value, bytes[HeadBytes..]);
        Sign(key, bytes[..signed], bytes.Slice(signed, TagBytes));
        return Base64Url.EncodeToString(bytes[..(signed + TagBytes)]);
    }

    /// <summary>False where the token is malformed, signed by neither key, or expired.</summary>
    public static bool TryRead(ReadOnlySpan<char> token, ReadOnlySpan<byte> key, ReadOnlySpan<byte> previousKey, DateTimeOffset now, out ShopperId shopper)
    {
        shopper = default;
        Span<byte> bytes = stackalloc byte[MaxBytes];
        Span<char> again = stackalloc char[MaxChars];
        if (token.Length > MaxChars || Base64Url.DecodeFromChars(token, bytes, out _, out var length) != OperationStatus.Done || length < MinBytes) return false;

        // One token has one spelling: the unused bits of the last character, white space and padding are not ours.
        if (!Base64Url.TryEncodeToChars(bytes[..length], again, out var written) || !token.SequenceEqual(again[..written])) return false;
        var signed = bytes[..(length - TagBytes)];
        var tag = bytes[(length - TagBytes)..length];
        if (!IsSignedBy(key, signed, tag) && (previousKey.IsEmpty || !IsSignedBy(previousKey, signed, tag))) return false;
        return signed[0] == Version
            && now.ToUnixTimeMilliseconds() < BinaryPrimitives.ReadInt64BigEndian(signed[1..])
            && ShopperId.TryParse(Encoding.ASCII.GetString(signed[HeadBytes..]), out shopper);
    }

    private static bool IsSignedBy(ReadOnlySpan<byte> key, ReadOnlySpan<byte> signed, ReadOnlySpan<byte> tag)
    {
        Span<byte> expected = stackalloc byte[TagBytes];
        Sign(key, signed, expected);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }

    private static void Sign(ReadOnlySpan<byte> key, ReadOnlySpan<byte> signed, Span<byte> tag)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signed, hash);
        hash[..TagBytes].CopyTo(tag);
    }
}

/// <summary>The tokens of this gateway. Their life is judged by ledger time, which all gateways share.</summary>
internal sealed class SessionTokens(GatewayKeys keys, GatewayOptions options, ILedgerClock clock)
{
    public (string Token, DateTimeOffset ExpiresAt) Make(ShopperId shopper)
    {
        var expiresAt = clock.Now.AddHours(options.SessionHours);
        return (SessionToken.Make(keys.TokenKey, shopper, expiresAt), expiresAt);
    }

    public bool TryRead(ReadOnlySpan<char> token, out ShopperId shopper) =>
        SessionToken.TryRead(token, keys.TokenKey, keys.TokenKeyPrevious, clock.Now, out shopper);
}
