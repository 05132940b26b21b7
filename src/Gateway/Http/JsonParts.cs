using System.Text.Json;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>Parts that several resources have in their answers.</summary>
internal static class JsonParts
{
    public static void WritePrice(this Utf8JsonWriter json, string name, Money price)
    {
        json.WriteStartObject(name);
        json.WriteNumber("amount", price.Amount);
        json.WriteString("currency", price.Currency);
        json.WriteEndObject();
    }

    /// <summary>A hold as shoppers and operators see it.</summary>
    public static void WriteHold(Utf8JsonWriter json, HoldInfo hold)
    {
        json.WriteStartObject();
        json.WriteString("id", hold.Id.ToString());
        json.WriteString("campaign", hold.Campaign.Value);
        json.WriteString("sku", hold.Sku.Value);
        json.WriteNumber("quantity", hold.Quantity);
        json.WriteString("state", hold.State switch
        {
            HoldState.Held => "held",
            HoldState.Confirmed => "confirmed",
            HoldState.Released => "released",
            _ => "expired",
        });
        json.WriteString("expiresAt", TimeJsonConverter.Text(hold.ExpiresAt));
        json.WriteEndObject();
    }
}
