using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>One request on its way through the stages.</summary>
internal sealed class Call(HttpContext http) : IDisposable
{
    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private byte[] _bytes = [];
    private int _length;

    public HttpContext Http => http;

    /// <summary>Who asks; only where the endpoint is for shoppers.</summary>
    public ShopperId Shopper { get; set; }

    private ReadOnlySpan<byte> Body => _bytes.AsSpan(0, _length);

    /// <summary>Reads the body up to its end, or until it is too large.</summary>
    public async ValueTask<Problem?> ReadBody(int mostBytes)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync();
            var buffer = read.Buffer;
            if (buffer.Length > mostBytes)
            {
                reader.AdvanceTo(buffer.End);
                return TooLarge(mostBytes);
            }

            if (read.IsCompleted)
            {
                _length = (int)buffer.Length;
                if (_length > 0) _bytes = ArrayPool<byte>.Shared.Rent(_length);
                buffer.CopyTo(_bytes);
                reader.AdvanceTo(buffer.End);
                return null;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    public static Problem TooLarge(int mostBytes) => new(ProblemKind.TooLarge, $"The body may have at most {mostBytes} bytes.");

    public bool TryBody<T>(JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Problem? problem)
        where T : class => StrictJson.TryRead(Body, type, out value, out problem);

    /// <summary>An id in the path.</summary>
    public bool TryId<T>(string name, out T id, [NotNullWhen(false)] out Problem? problem)
        where T : struct, IStringId<T>
    {
        problem = T.TryParse(http.Request.RouteValues[name] as string, out id)
            ? null
            : Problem.BadRequest($"The {name} in the path must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -.");
        return problem is null;
    }

    /// <summary>A hold's id in the path; null where the text could be one but is none of ours.</summary>
    public bool TryHoldId(out HoldId? id, [NotNullWhen(false)] out Problem? problem)
    {
        var text = http.Request.RouteValues["hold"] as string;
        id = HoldId.TryParse(text, out var parsed) ? parsed : null;
        problem = text is { Length: >= 16 and <= 32 } && !text.AsSpan().ContainsAnyExcept(IdCharacters)
            ? null
            : Problem.BadRequest("The hold in the path must be 16 to 32 characters of A-Z, a-z, 0-9, _ and -.");
        return problem is null;
    }

    /// <summary>The client's name for the operation.</summary>
    public bool TryIdempotencyKey([NotNullWhen(true)] out string? key, [NotNullWhen(false)] out Problem? problem)
    {
        var values = http.Request.Headers["Idempotency-Key"];
        key = values.Count == 1 ? values[0] : null;
        if (key is { Length: >= 1 and <= 128 } && !key.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            problem = null;
            return true;
        }

        problem = Problem.BadRequest("Send exactly one Idempotency-Key header of 1 to 128 printable ASCII characters, and the same one when you repeat the request.");
        return false;
    }

    /// <summary>Refuses what is not among the known parameters of the query, or given twice.</summary>
    public bool TryQuery(ReadOnlySpan<string> known, [NotNullWhen(false)] out Problem? problem)
    {
        problem = null;
        foreach (var (name, values) in http.Request.Query)
        {
            if (!known.Contains(name))
                problem = Problem.BadRequest($"The query parameter \"{name}\" is unknown: remove it. Known are {string.Join(", ", known.ToArray())}.");
            else if (values.Count != 1)
                problem = Problem.BadRequest($"The query parameter \"{name}\" is given {values.Count} times: give it once.");
        }

        return problem is null;
    }

    /// <summary>A whole number in the query.</summary>
    public bool TryNumber(string name, long standard, long least, long most, out long value, [NotNullWhen(false)] out Problem? problem)
    {
        problem = null;
        value = standard;
        if (!http.Request.Query.TryGetValue(name, out var text)) return true;
        if (long.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= least && value <= most) return true;
        problem = Problem.BadRequest($"The query parameter \"{name}\" must be a whole number from {least} to {most}.");
        return false;
    }

    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
