using System.Globalization;
using System.Text.Json;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>One code of API.md.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable name.</param>
/// <param name="Title">The same for people.</param>
/// <param name="RetryAfterMs">When a retry may make sense, where that does not depend on the request.</param>
internal sealed record ProblemKind(int Status, string Code, string Title, long? RetryAfterMs = null)
{
    public static readonly ProblemKind NotFound = new(404, "not_found", "Not found");
    public static readonly ProblemKind MethodNotAllowed = new(405, "method_not_allowed", "Method not allowed");
    public static readonly ProblemKind TooLarge = new(413, "too_large", "Body too large");
    public static readonly ProblemKind Overloaded = new(503, "overloaded", "Overloaded", 1000);
    public static readonly ProblemKind Unauthenticated = new(401, "unauthenticated", "Not authenticated");
    public static readonly ProblemKind RateLimited = new(429, "rate_limited", "Too many requests");
    public static readonly ProblemKind UnsupportedMediaType = new(415, "unsupported_media_type", "Unsupported media type");
    public static readonly ProblemKind BadRequest = new(400, "bad_request", "Bad request");
    public static readonly ProblemKind IdempotencyMismatch = new(422, "idempotency_mismatch", "Key used with another body");
    public static readonly ProblemKind NotEligible = new(403, "not_eligible", "Not eligible");
    public static readonly ProblemKind AdmissionRequired = new(403, "admission_required", "Admission required");
    public static readonly ProblemKind NotOpen = new(409, "not_open", "Not open yet");
    public static readonly ProblemKind Closed = new(409, "closed", "Closed");
    public static readonly ProblemKind Frozen = new(409, "frozen", "Frozen", 5000);
    public static readonly ProblemKind LimitReached = new(409, "limit_reached", "Limit reached");
    public static readonly ProblemKind SoldOut = new(409, "sold_out", "Sold out");
    public static readonly ProblemKind Gone = new(409, "gone", "Hold has ended");
    public static readonly ProblemKind AlreadyConfirmed = new(409, "already_confirmed", "Already confirmed");
    public static readonly ProblemKind Conflict = new(409, "conflict", "Conflict");
    public static readonly ProblemKind Unavailable = new(503, "unavailable", "Unavailable", 1000);
    public static readonly ProblemKind Internal = new(500, "internal", "Internal error");

    /// <summary>The one place where a grain's status becomes HTTP.</summary>
    public static ProblemKind Of(Status status) => status switch
    {
        Contracts.Status.NotFound => NotFound,
        Contracts.Status.IdempotencyMismatch => IdempotencyMismatch,
        Contracts.Status.NotEligible => NotEligible,
        Contracts.Status.AdmissionRequired => AdmissionRequired,
        Contracts.Status.NotOpen => NotOpen,
        Contracts.Status.Closed => Closed,
        Contracts.Status.Frozen => Frozen,
        Contracts.Status.LimitReached => LimitReached,
        Contracts.Status.SoldOut => SoldOut,
        Contracts.Status.Overloaded => Overloaded,
        Contracts.Status.Gone => Gone,
        Contracts.Status.AlreadyConfirmed => AlreadyConfirmed,
        Contracts.Status.Conflict => Conflict,
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, "No refusal."),
    };

    /// <summary>What a failed call means to the client.</summary>
    public static ProblemKind Of(Exception exception) => exception switch
    {
        LedgerOverloadedException => Overloaded,
        // Both engines derive what goes wrong between caller and grain (rejected, silo gone, connection lost) from Orleans' own class.
        LedgerUnavailableException or TimeoutException or OperationCanceledException or Orleans.Runtime.OrleansException => Unavailable,
        _ => Internal,
    };
}

/// <summary>An error answer, <c>application/problem+json</c>.</summary>
internal sealed class Problem(ProblemKind kind, string detail) : Answer
{
    public const string ContentType = "application/problem+json";

    private static readonly Answer SoldOutForNow = new PreparedProblem(
        new Problem(ProblemKind.SoldOut, "Not enough units are left; unpaid holds exist, so some may return.") { MayReturn = true, RetryAfterMs = 2000 });

    private static readonly Answer SoldOutForGood = new PreparedProblem(new Problem(ProblemKind.SoldOut, "Not enough units are left.") { MayReturn = false });

    public ProblemKind Kind { get; } = kind;

    public string Detail { get; } = detail;

    public long? RetryAfterMs { get; init; } = kind.RetryAfterMs;

    public DateTimeOffset? OpensAt { get; init; }

    public DateTimeOffset? ServerTime { get; init; }

    public int? Limit { get; init; }

    public int? Owned { get; init; }

    public bool? MayReturn { get; init; }

    public static Problem BadRequest(string detail) => new(ProblemKind.BadRequest, detail);

    /// <summary>A refusal by stock or cart.</summary>
    /// <param name="result">Not accepted.</param>
    /// <param name="now">Ledger time.</param>
    public static Answer Of(StockResult result, DateTimeOffset now) => result.Status switch
    {
        Contracts.Status.SoldOut => result.MayReturn ? SoldOutForNow : SoldOutForGood,
        Contracts.Status.NotOpen when result.OpensAt is { } opensAt => new Problem(ProblemKind.NotOpen, $"It opens at {TimeJsonConverter.Text(opensAt)}.")
        {
            OpensAt = opensAt,
            ServerTime = now,
            RetryAfterMs = Math.Max(1, (long)(opensAt - now).TotalMilliseconds),
        },
        Contracts.Status.LimitReached => new Problem(ProblemKind.LimitReached, $"A shopper may have {result.Limit}, and this one has {result.Owned}.")
        {
            Limit = result.Limit,
            Owned = result.Owned,
            RetryAfterMs = (long?)result.RetryAfter?.TotalMilliseconds,
        },
        _ => Of(result.Status, result.Detail),
    };

    /// <summary>A refusal without members of its own.</summary>
    public static Problem Of(Status status, string? detail = null) => new(ProblemKind.Of(status), detail ?? status switch
    {
        Contracts.Status.NotFound => "There is no such campaign, SKU in it, or hold.",
        Contracts.Status.IdempotencyMismatch => "This Idempotency-Key was used with another body; use a new key for another request.",
        Contracts.Status.Closed => "The campaign is closed.",
        Contracts.Status.Frozen => "An operator has frozen the campaign; try again later.",
        Contracts.Status.Overloaded => "Too many requests are waiting for this SKU. Nothing happened.",
        Contracts.Status.Gone => "The hold has ended.",
        Contracts.Status.AlreadyConfirmed => "The hold is confirmed and can no longer be released.",
        _ => "The request contradicts the present state.",
    });

    /// <summary>A call that failed.</summary>
    public static Problem Of(Exception exception)
    {
        var kind = ProblemKind.Of(exception);
        return new Problem(kind, kind.Code switch
        {
            "overloaded" => "A queue is full. Nothing happened.",
            "unavailable" when exception is LedgerUnavailableException { Damaged: true } =>
                "What is stored of this is damaged: it is not served until an operator has restored it, and the log says what is wrong. All else is served.",
            "unavailable" => "The outcome is not known: repeat the request with the same Idempotency-Key to learn it.",
            _ => "This is a bug; it was logged.",
        });
    }

    public override async Task Write(HttpResponse response)
    {
        var buffer = JsonBuffer.Rent();
        WriteBody(buffer.Writer, this);
        WriteHead(response);
        await buffer.CopyTo(response);
        buffer.Return();
    }

    private void WriteHead(HttpResponse response)
    {
        response.StatusCode = Kind.Status;
        response.ContentType = ContentType;
        if (RetryAfterMs is { } ms) response.Headers.RetryAfter = ((ms + 999) / 1000).ToString(CultureInfo.InvariantCulture);
        if (Kind.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
    }

    private static void WriteBody(Utf8JsonWriter json, Problem problem)
    {
        json.WriteStartObject();
        json.WriteNumber("status", problem.Kind.Status);
        json.WriteString("title", problem.Kind.Title);
        json.WriteString("code", problem.Kind.Code);
        json.WriteString("detail", problem.Detail);
        if (problem.RetryAfterMs is { } ms) json.WriteNumber("retryAfterMs", ms);
        if (problem.OpensAt is { } opensAt) json.WriteString("opensAt", TimeJsonConverter.Text(opensAt));
        if (problem.ServerTime is { } serverTime) json.WriteString("serverTime", TimeJsonConverter.Text(serverTime));
        if (problem.Limit is { } limit) json.WriteNumber("limit", limit);
        if (problem.Owned is { } owned) json.WriteNumber("owned", owned);
        if (problem.MayReturn is { } mayReturn) json.WriteBoolean("mayReturn", mayReturn);
        json.WriteEndObject();
    }

    /// <summary>The same bytes for each of the crowd that comes too late.</summary>
    private sealed class PreparedProblem(Problem problem) : Answer
    {
        private readonly byte[] _body = JsonBuffer.ToBytes(problem, WriteBody);

        public override async Task Write(HttpResponse response)
        {
            problem.WriteHead(response);
            response.ContentLength = _body.Length;
            await response.BodyWriter.WriteAsync(_body);
        }
    }
}
