namespace FlashSale.Silo.Tests.Errors;

/// <summary>A row of the contract's table of errors: the stages in their order, and in a stage the codes in theirs.</summary>
internal sealed record ErrorRow(string Stage, string Code, int Status)
{
    public static IReadOnlyList<ErrorRow> All { get; } =
    [
        new("transport", "not_found", 404),
        new("transport", "method_not_allowed", 405),
        new("transport", "too_large", 413),
        new("transport", "overloaded", 503),
        new("who", "unauthenticated", 401),
        new("who", "rate_limited", 429),
        new("syntax", "unsupported_media_type", 415),
        new("syntax", "bad_request", 400),
        new("what", "not_found", 404),
        new("stock", "idempotency_mismatch", 422),
        new("stock", "not_eligible", 403),
        new("stock", "admission_required", 403),
        new("stock", "not_open", 409),
        new("stock", "closed", 409),
        new("stock", "frozen", 409),
        new("stock", "limit_reached", 409),
        new("stock", "sold_out", 409),
        new("stock", "overloaded", 503),
        new("cart", "idempotency_mismatch", 422),
        new("cart", "limit_reached", 409),
        new("state", "gone", 409),
        new("state", "already_confirmed", 409),
        new("state", "conflict", 409),
        new("any", "unavailable", 503),
        new("any", "internal", 500),
    ];

    /// <summary>Rows that nothing over HTTP can cause in this version, each with what will.</summary>
    public static IReadOnlyDictionary<(string Stage, string Code), string> Waiting { get; } = new Dictionary<(string, string), string>
    {
        [("stock", "not_eligible")] = "eligibility, a mode of later campaigns",
        [("stock", "admission_required")] = "admission, a mode of later campaigns",
        [("state", "gone")] = "orders: POST /v1/orders of a hold that has ended; releasing one is 204 again",
        [("any", "internal")] = "a bug; the tests of bad input show that none is known",
    };

    /// <summary>Members that a problem of this code has besides the common ones; one with a question mark only sometimes.</summary>
    public static string MembersOf(string code) => code switch
    {
        "overloaded" or "rate_limited" or "frozen" or "unavailable" => "retryAfterMs",
        "not_open" => "retryAfterMs opensAt serverTime",
        "limit_reached" => "retryAfterMs? limit owned",
        "sold_out" => "retryAfterMs? mayReturn",
        _ => "",
    };
}
