using System.Text.Json;
using FlashSale.Drop.Http;

namespace FlashSale.Drop.Crowd;

/// <summary>What an answer means to a shopper. Odd is everything the contract does not foresee in this run.</summary>
internal enum AnswerKind
{
    Held,
    Released,
    SoldOut,
    LimitReached,
    Overloaded,
    RateLimited,
    Unavailable,
    Broken,
    Odd,
}

/// <summary>One answer, read.</summary>
/// <param name="Code">The problem's code, <c>201</c>, <c>204</c>, or a made-up name for what has no code.</param>
/// <param name="MayReturn">Of a sold_out: whether the shopper is told that units may come back.</param>
/// <param name="Body">The bytes as they came; valid until the connection's next request.</param>
internal readonly record struct Answer(AnswerKind Kind, string Code, bool MayReturn, TimeSpan RetryAfter, ReadOnlyMemory<byte> Body)
{
    static readonly TimeSpan DefaultRetry = TimeSpan.FromMilliseconds(200), LongestRetry = TimeSpan.FromSeconds(5);

    /// <summary>No decision was made, or none is known: the same key may and should be tried again.</summary>
    public bool IsRetryable => Kind is AnswerKind.Overloaded or AnswerKind.RateLimited or AnswerKind.Unavailable or AnswerKind.Broken;

    /// <summary>A yes or a no to the question whether the shopper gets a unit.</summary>
    public bool IsDecision => Kind is AnswerKind.Held or AnswerKind.SoldOut or AnswerKind.LimitReached;

    /// <summary>The server may have acted all the same.</summary>
    public bool IsUnknown => Kind is AnswerKind.Unavailable or AnswerKind.Broken;

    /// <summary>The same for all answers of a kind, as reports name them.</summary>
    public static string NameOf(AnswerKind kind) => kind switch
    {
        AnswerKind.Held => "201",
        AnswerKind.Released => "204",
        AnswerKind.SoldOut => "sold_out",
        AnswerKind.LimitReached => "limit_reached",
        AnswerKind.Overloaded => "overloaded",
        AnswerKind.RateLimited => "rate_limited",
        AnswerKind.Unavailable => DropOptions.Unavailable,
        AnswerKind.Broken => DropOptions.BrokenConnection,
        _ => "odd",
    };

    public static Answer Read(Response response)
    {
        if (response.IsBroken)
            return new Answer(AnswerKind.Broken, DropOptions.BrokenConnection, false, DefaultRetry, default);
        return response.Status switch
        {
            201 => new Answer(AnswerKind.Held, NameOf(AnswerKind.Held), false, default, response.Body),
            204 => new Answer(AnswerKind.Released, NameOf(AnswerKind.Released), false, default, response.Body),
            _ => ReadProblem(response),
        };
    }

    static Answer ReadProblem(Response response)
    {
        var problem = Problem.Read(response.Body.Span);
        var (kind, status) = problem.Code switch
        {
            "sold_out" => (AnswerKind.SoldOut, 409),
            "limit_reached" => (AnswerKind.LimitReached, 409),
            "overloaded" => (AnswerKind.Overloaded, 503),
            "rate_limited" => (AnswerKind.RateLimited, 429),
            "unavailable" => (AnswerKind.Unavailable, 503),
            _ => (AnswerKind.Odd, response.Status),
        };
        var code = problem.Code ?? $"status_{response.Status}";
        if (status != response.Status)
            (kind, code) = (AnswerKind.Odd, $"{code}_with_status_{response.Status}");
        var retry = problem.RetryAfterMs > 0 ? TimeSpan.FromMilliseconds(problem.RetryAfterMs) : DefaultRetry;
        return new Answer(kind, code, problem.MayReturn, retry < LongestRetry ? retry : LongestRetry, response.Body);
    }

    /// <summary>The members of application/problem+json that steer a shopper.</summary>
    readonly record struct Problem(string? Code, bool MayReturn, int RetryAfterMs)
    {
        static readonly string[] Known = ["sold_out", "limit_reached", "overloaded", "rate_limited", "unavailable"];

        public static Problem Read(ReadOnlySpan<byte> body)
        {
            var problem = default(Problem);
            try
            {
                var reader = new Utf8JsonReader(body);
                if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                    return problem;
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                    problem = problem.With(ref reader);
                return problem;
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                return default;
            }
        }

        Problem With(ref Utf8JsonReader reader)
        {
            var isCode = reader.ValueTextEquals("code"u8);
            var isMayReturn = reader.ValueTextEquals("mayReturn"u8);
            var isRetry = reader.ValueTextEquals("retryAfterMs"u8);
            reader.Read();
            var next = isCode ? this with { Code = ReadCode(ref reader) }
                : isMayReturn ? this with { MayReturn = reader.GetBoolean() }
                : isRetry && reader.TryGetInt32(out var ms) ? this with { RetryAfterMs = ms }
                : this;
            reader.Skip();
            return next;
        }

        /// <summary>No string per refusal: a crowd hears the same few codes a hundred thousand times.</summary>
        static string? ReadCode(ref Utf8JsonReader reader)
        {
            foreach (var code in Known)
                if (reader.ValueTextEquals(code))
                    return code;
            return reader.GetString();
        }
    }
}
