using System.Collections.Immutable;
using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.Shoppers;

/// <summary>A campaign at one moment, as shoppers see it.</summary>
internal readonly record struct BoardMoment(BoardCopy Copy, DateTimeOffset Now, string State, int PollMs, int NextPollMs)
{
    private const int OftenMs = 2000;
    private const int SeldomMs = 30_000;

    /// <summary>
    /// The same as long as nothing changed that a shopper could see, and the pause between looks is the same to a second: whoever is told that
    /// nothing changed keeps the pause it knows, and would miss the opening by half a minute.
    /// </summary>
    public string ETag => $"\"{Id}-{PollMs / 1000}\"";

    /// <summary>Names what a shopper sees, without the quotes of an ETag.</summary>
    public string Id => $"{Copy.Board.Version}-{State}";

    /// <param name="copy">The copy.</param>
    /// <param name="now">Ledger time.</param>
    /// <param name="spread">Any number that differs from request to request: else a crowd that came together would come back together.</param>
    public static BoardMoment Of(BoardCopy copy, DateTimeOffset now, long spread)
    {
        var state = CampaignState.Of(copy.Board, now);
        var pollMs = state switch
        {
            // Half of the way each time, so that the last look before the opening is a recent one.
            CampaignState.Scheduled => (int)Math.Clamp((copy.Board.OpensAt - now).TotalMilliseconds / 2, OftenMs, SeldomMs),
            CampaignState.Closed => SeldomMs,
            _ => OftenMs,
        };
        return new BoardMoment(copy, now, state, pollMs, Jitter.Over(pollMs, pollMs / 4, spread));
    }
}

/// <summary>Writes boards. The SKUs, by far the longest part, are written once for each version.</summary>
internal static class BoardJson
{
    public static void Write(Utf8JsonWriter json, BoardMoment moment)
    {
        var board = moment.Copy.Board;
        json.WriteStartObject();
        json.WriteString("id", board.Id.Value);
        json.WriteString("name", board.Name);
        json.WriteString("mode", board.Mode);
        json.WriteString("state", moment.State);
        json.WriteString("opensAt", TimeJsonConverter.Text(board.OpensAt));
        json.WriteString("closesAt", TimeJsonConverter.Text(board.ClosesAt));
        json.WriteString("serverTime", TimeJsonConverter.Text(moment.Now));
        json.WriteNumber("version", board.Version);
        json.WriteNumber("limitPerShopper", board.LimitPerShopper);
        json.WriteNumber("holdSeconds", board.HoldSeconds);
        json.WriteNumber("nextPollMs", moment.NextPollMs);
        json.WritePropertyName("skus");
        json.WriteRawValue(SkusOf(moment.Copy), skipInputValidation: true);
        json.WriteEndObject();
    }

    private static byte[] SkusOf(BoardCopy copy) => copy.Content.SkusJson ??= JsonBuffer.ToBytes(copy.Board.Skus, WriteSkus);

    private static void WriteSkus(Utf8JsonWriter json, ImmutableArray<BoardSku> skus)
    {
        json.WriteStartArray();
        foreach (var sku in skus)
        {
            json.WriteStartObject();
            json.WriteString("sku", sku.Sku.Value);
            json.WriteString("name", sku.Name);
            json.WritePrice("price", sku.Price);
            json.WriteString("availability", sku.Availability switch
            {
                Availability.Available => "available",
                Availability.Low => "low",
                _ => "soldOut",
            });
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
