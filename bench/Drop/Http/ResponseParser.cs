using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace FlashSale.Drop.Http;

internal enum ParseState
{
    NeedMore,
    Complete,
    Malformed,
}

/// <summary>Where the parts of a complete answer lie in the buffer.</summary>
internal readonly record struct ParsedResponse(int Status, int BodyStart, int BodyLength, int Consumed, bool Closes);

/// <summary>
/// The part of HTTP/1.1 (RFC 9112) that answers to this driver use: a status line, headers of which three matter, a body by
/// Content-Length or in chunks. Pure: it is called with all bytes so far until they make a whole answer, nearly always once.
/// </summary>
internal static class ResponseParser
{
    static ReadOnlySpan<byte> HeadEnd => "\r\n\r\n"u8;

    static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>A complete chunked body is moved together in place, so the caller always sees one piece.</summary>
    public static ParseState TryParse(Span<byte> bytes, out ParsedResponse response)
    {
        response = default;
        var headLength = bytes.IndexOf(HeadEnd);
        if (headLength < 0)
            return ParseState.NeedMore;
        var head = bytes[..headLength];
        var bodyStart = headLength + HeadEnd.Length;
        if (!TryReadStatus(head, out var status) || !TryReadHeaders(head, out var headers))
            return ParseState.Malformed;
        // 204 and 304 have no body, whatever their headers say.
        if (status is 204 or 304)
            headers = headers with { Length = 0, Chunked = false };
        if (headers.Chunked)
            return TryJoinChunks(bytes, bodyStart, status, headers.Closes, out response);
        // No length means "until the connection closes": nothing this contract answers, so it is not read.
        if (headers.Length < 0)
            return ParseState.Malformed;
        if (bytes.Length - bodyStart < headers.Length)
            return ParseState.NeedMore;
        response = new ParsedResponse(status, bodyStart, headers.Length, bodyStart + headers.Length, headers.Closes);
        return ParseState.Complete;
    }

    readonly record struct Headers(int Length, bool Chunked, bool Closes);

    static bool TryReadStatus(ReadOnlySpan<byte> head, out int status)
    {
        status = 0;
        return head.StartsWith("HTTP/1.1 "u8) && head.Length >= 12
            && Utf8Parser.TryParse(head.Slice(9, 3), out status, out var read) && read == 3 && status >= 200;
    }

    static bool TryReadHeaders(ReadOnlySpan<byte> head, out Headers headers)
    {
        headers = new Headers(-1, Chunked: false, Closes: false);
        var rest = head;
        for (var end = rest.IndexOf(LineEnd); end >= 0;)
        {
            rest = rest[(end + LineEnd.Length)..];
            end = rest.IndexOf(LineEnd);
            var line = end < 0 ? rest : rest[..end];
            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || !TryReadHeader(line[..colon], line[(colon + 1)..].Trim((byte)' '), ref headers))
                return false;
        }

        return true;
    }

    static bool TryReadHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ref Headers headers)
    {
        if (Ascii.EqualsIgnoreCase(name, "content-length"u8))
        {
            if (!Utf8Parser.TryParse(value, out int length, out var read) || read != value.Length || length < 0)
                return false;
            headers = headers with { Length = length };
        }
        else if (Ascii.EqualsIgnoreCase(name, "transfer-encoding"u8))
        {
            headers = headers with { Chunked = Ascii.EqualsIgnoreCase(value, "chunked"u8) };
        }
        else if (Ascii.EqualsIgnoreCase(name, "connection"u8))
        {
            headers = headers with { Closes = Ascii.EqualsIgnoreCase(value, "close"u8) };
        }

        return true;
    }

    static ParseState TryJoinChunks(Span<byte> bytes, int bodyStart, int status, bool closes, out ParsedResponse response)
    {
        response = default;
        // First a walk that changes nothing: the answer may still be incomplete, and then this is called again.
        var state = Walk(bytes, bodyStart, move: false, out _, out _);
        if (state != ParseState.Complete)
            return state;
        Walk(bytes, bodyStart, move: true, out var length, out var consumed);
        response = new ParsedResponse(status, bodyStart, length, consumed, closes);
        return ParseState.Complete;
    }

    static ParseState Walk(Span<byte> bytes, int bodyStart, bool move, out int length, out int consumed)
    {
        (length, consumed) = (0, bodyStart);
        while (true)
        {
            var lineLength = bytes[consumed..].IndexOf(LineEnd);
            if (lineLength < 0)
                return ParseState.NeedMore;
            if (!TryReadSize(bytes.Slice(consumed, lineLength), out var size))
                return ParseState.Malformed;
            var data = consumed + lineLength + LineEnd.Length;
            if (bytes.Length - data < size + LineEnd.Length)
                return ParseState.NeedMore;
            if (!bytes.Slice(data + size, LineEnd.Length).SequenceEqual(LineEnd))
                return ParseState.Malformed;
            if (move)
                bytes.Slice(data, size).CopyTo(bytes[(bodyStart + length)..]);
            length += size;
            consumed = data + size + LineEnd.Length;
            if (size == 0)
                return ParseState.Complete;
        }
    }

    static bool TryReadSize(ReadOnlySpan<byte> line, out int size)
    {
        var extension = line.IndexOf((byte)';');
        return int.TryParse(extension < 0 ? line : line[..extension], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out size)
            && size is >= 0 and <= Connection.AnswerMaxBytes;
    }
}
