using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json.Serialization.Metadata;
using FlashSale.Contracts;
using Microsoft.Net.Http.Headers;

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

    /// <summary>Reads the body up to its end, or until it is too large or has taken too long.</summary>
    public async ValueTask<Problem?> ReadBody(int mostBytes, TimeSpan mostTime, TimeProvider time)
    {
        var reader = http.Request.BodyReader;
        ITimer? tooLate = null; // Nearly all bodies come with their headers and need none.
        try
        {
            while (true)
            {
                var reading = reader.ReadAsync();
                if (!reading.IsCompleted) tooLate ??= time.CreateTimer(static reader => ((PipeReader)reader!).CancelPendingRead(), reader, mostTime, Timeout.InfiniteTimeSpan);
                var read = await reading;
                if (read.IsCanceled)
                {
                    reader.AdvanceTo(read.Buffer.End);
                    CloseAfter(http);
                    return Problem.BadRequest($"The body did not arrive within {mostTime.TotalSeconds:0} s: send it faster.");
                }

                if (Take(reader, read, mostBytes, out var problem)) return problem;
            }
        }
        finally
        {
            if (tooLate is not null) await tooLate.DisposeAsync();
        }
    }

    /// <summary>Where the connection cannot carry another request: the rest of a body is not read, or the request goes on behind its answer.</summary>
    public static void CloseAfter(HttpContext http)
    {
        if (HttpProtocol.IsHttp11(http.Request.Protocol)) http.Response.Headers.Connection = "close";
    }

    public static Problem TooLarge(int mostBytes) => new(ProblemKind.TooLarge, $"The body may have at most {mostBytes} bytes.");

    /// <summary>True where no more is to be read.</summary>
    private bool Take(PipeReader reader, ReadResult read, int mostBytes, out Problem? problem)
    {
        problem = null;
        var buffer = read.Buffer;
        if (buffer.Length > mostBytes)
        {
            reader.AdvanceTo(buffer.End);
            problem = TooLarge(mostBytes);
            return true;
        }

        if (!read.IsCompleted)
        {
            reader.AdvanceTo(buffer.Start, buffer.End);
            return false;
        }

        _length = (int)buffer.Length;
        if (_length > 0) _bytes = ArrayPool<byte>.Shared.Rent(_length);
        buffer.CopyTo(_bytes);
        reader.AdvanceTo(buffer.End);
        return true;
    }

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

    /// <summary>True where the client already has what this ETag stands for.</summary>
    public bool Knows(string etag)
    {
        var header = http.Request.Headers.IfNoneMatch;
        if (header.Count == 0) return false;
        if (header.Count == 1 && header[0] == etag) return true;
        if (!EntityTagHeaderValue.TryParseList(header, out var known)) return false;
        var current = new EntityTagHeaderValue(etag);
        return known.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(current, useStrongComparison: false));
    }

    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
