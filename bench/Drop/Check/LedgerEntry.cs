using System.Buffers.Text;
using System.Text.Json;

namespace FlashSale.Drop.Check;

/// <summary>What one journal event does to a hold. Events that touch none are <see cref="Other"/>.</summary>
internal enum LedgerKind
{
    Other,
    Held,
    Released,
    Expired,
    Confirmed,
}

/// <summary>
/// One event of a SKU's ledger, as far as holds go. All names of event types and payload members that the driver knows are in this file.
/// </summary>
/// <param name="At">Ledger time.</param>
/// <param name="Hold">Of a Held event, made from its operation; of an end, as written.</param>
/// <param name="Generation">Seq of the Held event that started what this event starts or ends.</param>
internal sealed record LedgerEntry(long Seq, DateTimeOffset At, LedgerKind Kind, string? Hold, long Generation, string? Shopper, string? Campaign, int Quantity)
{
    public static IReadOnlyList<LedgerEntry> ReadPage(JsonElement page)
    {
        try
        {
            return [.. page.GetProperty("events").EnumerateArray().Select(Read)];
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new DropException($"The ledger reads otherwise than this driver knows it (see LedgerEntry): {e.Message}", e);
        }
    }

    static LedgerEntry Read(JsonElement e)
    {
        var (seq, at) = (e.GetProperty("seq").GetInt64(), e.GetProperty("at").GetDateTimeOffset());
        return e.GetProperty("type").GetString() switch
        {
            "Held" => ReadHeld(seq, at, e.GetProperty("operation").GetString(), e.GetProperty("payload")),
            "Released" => ReadEnd(seq, at, LedgerKind.Released, e.GetProperty("payload")),
            "Expired" => ReadEnd(seq, at, LedgerKind.Expired, e.GetProperty("payload")),
            "Confirmed" => ReadEnd(seq, at, LedgerKind.Confirmed, e.GetProperty("payload")),
            _ => new LedgerEntry(seq, at, LedgerKind.Other, null, 0, null, null, 0),
        };
    }

    static LedgerEntry ReadHeld(long seq, DateTimeOffset at, string? operation, JsonElement payload) => new(
        seq,
        at,
        LedgerKind.Held,
        HoldIdOf(operation ?? throw new FormatException($"Held event {seq} has no operation.")),
        seq,
        payload.GetProperty("shopper").GetString(),
        payload.GetProperty("campaign").GetString(),
        payload.GetProperty("quantity").GetInt32());

    static LedgerEntry ReadEnd(long seq, DateTimeOffset at, LedgerKind kind, JsonElement payload) => new(
        seq, at, kind, payload.GetProperty("hold").GetString(), payload.GetProperty("generation").GetInt64(), null, null, 0);

    /// <summary>A hold is named by the operation that asked for it, so a retry finds the same hold.</summary>
    public static string HoldIdOf(string operation) => Base64Url.EncodeToString(Convert.FromHexString(operation));
}
