namespace FlashSale.Drop.Operator;

/// <summary>What GET /v1/admin/skus/{sku} answers, as far as it is used here.</summary>
internal sealed record SkuView(long Received, long Available, long Held, long Sold, long Withdrawn);

/// <summary>What GET /v1/campaigns/{id} answers, as far as it is used here.</summary>
internal sealed record BoardView(string State, int NextPollMs, IReadOnlyList<BoardSku> Skus);

internal sealed record BoardSku(string Sku, string Availability);

internal sealed record AuditView(bool Holds, IReadOnlyList<PromiseView> Promises);

internal sealed record PromiseView(string Id, bool Holds, long Checked, string? Detail);

/// <summary>What GET /health/ready answers, as far as it is used here.</summary>
internal sealed record ReadyView(string? Store);
