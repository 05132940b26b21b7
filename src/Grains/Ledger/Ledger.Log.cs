using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Ledger;

internal static partial class LedgerLog
{
    [LoggerMessage(Level = LogLevel.Critical, Message = "Ledger {Ledger} is quarantined; all others are served.")]
    public static partial void NotServed(ILogger log, string ledger, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ledger {Ledger} is whole and served again.")]
    public static partial void ServedAgain(ILogger log, string ledger);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The snapshot of ledger {Ledger} cannot be read and is ignored; its events are replayed.")]
    public static partial void SnapshotIgnored(ILogger log, string ledger, Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The last event of ledger {Ledger} is of {At}, ahead of ledger time. Ledger time is used.")]
    public static partial void AheadOfTheClock(ILogger log, string ledger, DateTimeOffset at);
}
