using FlashSale.Contracts;

namespace FlashSale.Grains.Audit;

/// <summary>Re-derives every figure and promise from a store's rows, by SQL and own code, never through a machine.</summary>
internal interface IAuditor
{
    /// <summary>Reads all ledgers as of one moment, in short statements, while the store goes on serving.</summary>
    Task<AuditReport> Run();
}
