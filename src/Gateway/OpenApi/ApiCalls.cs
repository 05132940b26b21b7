using FlashSale.Gateway.Http;
using static FlashSale.Gateway.Http.ProblemKind;

namespace FlashSale.Gateway.OpenApi;

/// <summary>Who may make a call.</summary>
internal enum ApiCaller
{
    /// <summary>Anybody, past all stages: <c>/health</c>.</summary>
    Balancer,

    /// <summary>Anybody.</summary>
    Anyone,

    /// <summary>Whoever has a session token.</summary>
    Shopper,

    /// <summary>Whoever has the operators' key.</summary>
    Operator,
}

/// <summary>What the document says of one call beyond what its stages say of all.</summary>
/// <param name="Method">In capitals.</param>
/// <param name="Path">As mapped.</param>
/// <param name="Caller">Who.</param>
/// <param name="Summary">One line.</param>
/// <param name="Answer">Schema of the answer; null: no body.</param>
internal sealed record ApiCall(string Method, string Path, ApiCaller Caller, string Summary, string? Answer)
{
    /// <summary>Status of the good answer.</summary>
    public int Status { get; init; } = 200;

    /// <summary>Schema of the body; null: none.</summary>
    public string? Body { get; init; }

    /// <summary>Wants an Idempotency-Key.</summary>
    public bool Key { get; init; }

    /// <summary>Has an ETag and answers 304.</summary>
    public bool Tagged { get; init; }

    /// <summary>Names of the parameters of the query, among the document's own.</summary>
    public string[] Query { get; init; } = [];

    /// <summary>Codes that only the handler gives.</summary>
    public ProblemKind[] Codes { get; init; } = [];

    /// <summary>All calls of this version, in the order of API.md.</summary>
    public static IReadOnlyList<ApiCall> All { get; } =
    [
        new("POST", "/v1/sessions", ApiCaller.Anyone, "Log in; there only where a way to log in is configured", "Session") { Body = "SessionRequest", Codes = [RateLimited] },
        new("GET", "/v1/campaigns", ApiCaller.Anyone, "Open and scheduled campaigns", "Campaigns"),
        new("GET", "/v1/campaigns/{campaign}", ApiCaller.Anyone, "A campaign; poll no sooner than nextPollMs", "Campaign") { Tagged = true, Codes = [NotFound] },
        new("GET", "/v1/campaigns/{campaign}/events", ApiCaller.Anyone, "Server-sent events \"board\": the campaign at connect and at each change, and a comment line every 15 s", "Events") { Codes = [NotFound] },
        new("POST", "/v1/campaigns/{campaign}/holds", ApiCaller.Shopper, "Hold units", "Hold")
        {
            Status = 201,
            Key = true,
            Body = "HoldRequest",
            Codes = [NotFound, IdempotencyMismatch, NotOpen, Closed, Frozen, LimitReached, SoldOut],
        },
        new("GET", "/v1/holds/{hold}", ApiCaller.Shopper, "A hold of the shopper", "Hold") { Codes = [NotFound] },
        new("DELETE", "/v1/holds/{hold}", ApiCaller.Shopper, "Release a hold; the same again if it has already ended", null) { Status = 204, Codes = [NotFound, AlreadyConfirmed] },
        new("PUT", "/v1/admin/skus/{sku}", ApiCaller.Operator, "Name and price a SKU", "Sku") { Body = "SkuRequest" },
        new("POST", "/v1/admin/skus/{sku}/adjustments", ApiCaller.Operator, "Units arrive or leave", "Sku")
        {
            Key = true,
            Body = "AdjustmentRequest",
            Codes = [NotFound, IdempotencyMismatch, Conflict],
        },
        new("GET", "/v1/admin/skus/{sku}", ApiCaller.Operator, "A SKU with its pools", "Sku") { Codes = [NotFound] },
        new("GET", "/v1/admin/skus", ApiCaller.Operator, "All SKUs, page by page", "Skus") { Query = ["afterId", "limit"] },
        new("GET", "/v1/admin/skus/{sku}/ledger", ApiCaller.Operator, "A SKU's journal", "Ledger") { Query = ["afterSeq", "ledgerLimit"], Codes = [NotFound] },
        new("PUT", "/v1/admin/campaigns/{campaign}", ApiCaller.Operator, "Make or change a campaign, for all its SKUs or none", "OperatorCampaign") { Body = "CampaignRequest", Codes = [NotFound, Conflict] },
        new("GET", "/v1/admin/campaigns/{campaign}", ApiCaller.Operator, "A campaign with its figures", "OperatorCampaign") { Codes = [NotFound] },
        new("GET", "/v1/admin/campaigns", ApiCaller.Operator, "All campaigns, page by page", "OperatorCampaigns") { Query = ["afterId", "limit"] },
        new("POST", "/v1/admin/campaigns/{campaign}/freeze", ApiCaller.Operator, "No new holds until resumed", "OperatorCampaign") { Codes = [NotFound, Conflict] },
        new("POST", "/v1/admin/campaigns/{campaign}/resume", ApiCaller.Operator, "New holds again", "OperatorCampaign") { Codes = [NotFound, Conflict] },
        new("POST", "/v1/admin/campaigns/{campaign}/close", ApiCaller.Operator, "The end, for good; unsold units return to the general pool", "OperatorCampaign") { Codes = [NotFound, Conflict] },
        new("GET", "/v1/admin/shoppers/{shopper}/holds", ApiCaller.Operator, "A shopper's holds", "Holds"),
        new("DELETE", "/v1/admin/holds/{shopper}/{hold}", ApiCaller.Operator, "Release a shopper's hold", null) { Status = 204, Codes = [NotFound, AlreadyConfirmed] },
        new("GET", "/v1/admin/audit", ApiCaller.Operator, "Whether the promises hold, derived from the journal", "Audit"),
        new("GET", "/health/live", ApiCaller.Balancer, "200 while the process is up", "Live"),
        new("GET", "/health/ready", ApiCaller.Balancer, "200 only when it can take a purchase, else 503", "Ready"),
        new("GET", "/openapi/v1.json", ApiCaller.Anyone, "This document", "OpenApi") { Tagged = true },
    ];
}
