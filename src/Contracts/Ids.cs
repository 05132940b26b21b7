using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Orleans;

namespace FlashSale.Contracts;

/// <summary>One sellable article: 1-64 characters of <c>[A-Za-z0-9_-]</c>.</summary>
[GenerateSerializer, Immutable, Alias("fs.Sku"), JsonConverter(typeof(IdJsonConverter<Sku>))]
public readonly record struct Sku([property: Id(0)] string Value) : IStringId<Sku>
{
    /// <inheritdoc />
    public static bool TryParse(string? text, out Sku id) => IdText.TryParse(text, static t => new Sku(t), out id);

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>One drop: 1-64 characters of <c>[A-Za-z0-9_-]</c>. It also names the ring-fenced pool of each of its SKUs.</summary>
[GenerateSerializer, Immutable, Alias("fs.CampaignId"), JsonConverter(typeof(IdJsonConverter<CampaignId>))]
public readonly record struct CampaignId([property: Id(0)] string Value) : IStringId<CampaignId>
{
    /// <inheritdoc />
    public static bool TryParse(string? text, out CampaignId id) => IdText.TryParse(text, static t => new CampaignId(t), out id);

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>One person who buys: 1-64 characters of <c>[A-Za-z0-9_-]</c>.</summary>
[GenerateSerializer, Immutable, Alias("fs.ShopperId"), JsonConverter(typeof(IdJsonConverter<ShopperId>))]
public readonly record struct ShopperId([property: Id(0)] string Value) : IStringId<ShopperId>
{
    /// <inheritdoc />
    public static bool TryParse(string? text, out ShopperId id) => IdText.TryParse(text, static t => new ShopperId(t), out id);

    /// <inheritdoc />
    public override string ToString() => Value;
}

/// <summary>
/// One thing that somebody asked for, however often it is repeated: 128 bits of SHA-256 over who asked, for what kind of thing, with
/// which <c>Idempotency-Key</c>. A retry through any gateway is the same operation. Written as 32 hexadecimal digits.
/// </summary>
[GenerateSerializer, Immutable, Alias("fs.OperationId"), JsonConverter(typeof(IdJsonConverter<OperationId>))]
public readonly record struct OperationId([property: Id(0)] ulong High, [property: Id(1)] ulong Low) : IStringId<OperationId>
{
    /// <summary>Each part goes in behind its length, so that no two different triples hash the same text.</summary>
    /// <param name="actor">The shopper's id, or <c>operator</c> with a character that no shopper id may have.</param>
    /// <param name="kind">The kind of operation, for example <c>hold</c>.</param>
    /// <param name="key">The client's <c>Idempotency-Key</c>, 1-128 printable ASCII characters.</param>
    public static OperationId Of(string actor, string kind, string key)
    {
        Span<byte> text = stackalloc byte[1024];
        var length = Append(text, 0, actor);
        length = Append(text, length, kind);
        length = Append(text, length, key);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..length], hash);
        return FromBytes(hash);

        static int Append(Span<byte> to, int at, string part)
        {
            var written = Encoding.UTF8.GetBytes(part, to[(at + 4)..]);
            BinaryPrimitives.WriteInt32BigEndian(to[at..], written);
            return at + 4 + written;
        }
    }

    internal static OperationId FromBytes(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    internal void WriteBytes(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
    }

    /// <inheritdoc />
    public static bool TryParse(string? text, out OperationId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (text is { Length: 32 } && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done)
        {
            id = FromBytes(bytes);
            return true;
        }

        id = default;
        return false;
    }

    /// <inheritdoc />
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteBytes(bytes);
        return Convert.ToHexStringLower(bytes);
    }
}

/// <summary>
/// One hold: the operation that asked for it, written as 22 characters of base64url so that it may serve as an <c>out_trade_no</c>.
/// </summary>
[GenerateSerializer, Immutable, Alias("fs.HoldId"), JsonConverter(typeof(IdJsonConverter<HoldId>))]
public readonly record struct HoldId([property: Id(0)] OperationId Operation) : IStringId<HoldId>, IComparable<HoldId>
{
    /// <summary>The length of the written form in characters.</summary>
    public const int Length = 22;

    /// <inheritdoc />
    public static bool TryParse(string? text, out HoldId id)
    {
        Span<byte> bytes = stackalloc byte[18];
        if (text is { Length: Length }
            && Base64Url.DecodeFromChars(text, bytes, out _, out var written) == System.Buffers.OperationStatus.Done && written == 16)
        {
            id = new HoldId(OperationId.FromBytes(bytes));
            return id.ToString() == text; // A second spelling of the same bits is not this hold's id.
        }

        id = default;
        return false;
    }

    /// <inheritdoc />
    public int CompareTo(HoldId other)
    {
        var byHigh = Operation.High.CompareTo(other.Operation.High);
        return byHigh != 0 ? byHigh : Operation.Low.CompareTo(other.Operation.Low);
    }

    /// <inheritdoc />
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        Operation.WriteBytes(bytes);
        return Base64Url.EncodeToString(bytes);
    }
}

/// <summary>An id with one written form.</summary>
public interface IStringId<TSelf>
    where TSelf : struct, IStringId<TSelf>
{
    /// <summary>False where the text is not an id of this kind; nothing is trimmed or folded.</summary>
    static abstract bool TryParse([NotNullWhen(true)] string? text, out TSelf id);
}

internal static class IdText
{
    public const int MaxLength = 64;

    private static readonly System.Buffers.SearchValues<char> Allowed =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    public static bool TryParse<T>(string? text, Func<string, T> make, out T id)
        where T : struct
    {
        if (text is { Length: >= 1 and <= MaxLength } && !text.AsSpan().ContainsAnyExcept(Allowed))
        {
            id = make(text);
            return true;
        }

        id = default;
        return false;
    }
}
