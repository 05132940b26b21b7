using FlashSale.Contracts;

namespace FlashSale.Grains.Audit;

/// <summary>The audit of a SQLite journal.</summary>
internal sealed class SqliteAuditor(string dataDirectory) : IAuditor
{
    public Task<AuditReport> Run() => throw new InvalidOperationException(dataDirectory);
}
