using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text.Json;

namespace FlashSale.Grains.Audit;

/// <summary>Where a hold stands, by the word in the JSON.</summary>
internal enum Standing : byte
{
    Held,
    Confirmed,
    Released,
    Expired,
}

/// <summary>One event's payload, read by the audit's own hand; the members that an event lacks keep old values. Used for one row after the other.</summary>
internal sealed class Payload(Names names)
{
    private const long QuantityMost = 100_000_000;
    private const int IdLength = 16;
    private const int IdTextLength = 22;

    private Members _seen;
    private int _quantityLeast;

    public UInt128 Hold { get; private set; }

    public long Generation { get; private set; }

    public int Shopper { get; private set; }

    public int Campaign { get; private set; }

    public int Sku { get; private set; }

    public long Quantity { get; private set; }

    public long ExpiresAt { get; private set; }

    public long Limit { get; private set; }

    public (long Amount, int Currency) Price { get; private set; }

    public Standing State { get; private set; }

    public long Sold { get; private set; }

    public long Freed { get; private set; }

    /// <summary>The release says that the cart refused the claim.</summary>
    public bool CartRefused { get; private set; }

    public bool Restock { get; private set; }

    public long Version { get; private set; }

    public bool OnSale { get; private set; }

    public bool Frozen { get; private set; }

    public long Moved { get; private set; }

    public long OpensAt { get; private set; }

    public long ClosesAt { get; private set; }

    public long LimitPerShopper { get; private set; }

    public long HoldSeconds { get; private set; }

    public long Returned { get; private set; }

    public long Delta { get; private set; }

    /// <summary>Reads a payload that must have exactly these members, but for one that came later.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public string? Read(ReadOnlySpan<byte> json, Members members)
    {
        _seen = Members.None;
        // What the stock tells of a sale that was refunded to the last unit is 0; all else moves units.
        _quantityLeast = members.HasFlag(Members.State) ? 0 : 1;
        try
        {
            var reader = new Utf8JsonReader(json);
            reader.Read();
            ReadObject(ref reader);
            reader.Read(); // Throws where the text goes on behind its end.
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return $"the payload cannot be read: {e.Message}";
        }

        return (_seen | (members & Members.First)) == members ? null : $"the payload has the members [{_seen}], the event [{members}]";
    }

    private void ReadObject(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("not an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var member = MemberOf(ref reader);
            reader.Read();
            if (member == Members.Hold && reader.TokenType == JsonTokenType.StartObject)
            {
                Note(Members.Claim);
                ReadObject(ref reader);
            }
            else
            {
                Note(member);
                ReadValue(ref reader, member);
            }
        }
    }

    private void Note(Members member)
    {
        if (_seen.HasFlag(member)) throw new JsonException($"{member} stands there twice");
        _seen |= member;
    }

    private static Members MemberOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("hold"u8) || reader.ValueTextEquals("id"u8) ? Members.Hold
        : reader.ValueTextEquals("generation"u8) ? Members.Generation
        : reader.ValueTextEquals("quantity"u8) ? Members.Quantity
        : reader.ValueTextEquals("shopper"u8) ? Members.Shopper
        : reader.ValueTextEquals("campaign"u8) ? Members.Campaign
        : reader.ValueTextEquals("expiresAt"u8) ? Members.ExpiresAt
        : reader.ValueTextEquals("limit"u8) ? Members.Limit
        : reader.ValueTextEquals("price"u8) ? Members.Price
        : reader.ValueTextEquals("sku"u8) ? Members.Sku
        : reader.ValueTextEquals("state"u8) ? Members.State
        : reader.ValueTextEquals("sold"u8) ? Members.Sold
        : reader.ValueTextEquals("freed"u8) ? Members.Freed
        : reader.ValueTextEquals("cause"u8) ? Members.Cause
        : reader.ValueTextEquals("owned"u8) ? Members.Owned
        : reader.ValueTextEquals("restock"u8) ? Members.Restock
        : reader.ValueTextEquals("version"u8) ? Members.Version
        : reader.ValueTextEquals("onSale"u8) ? Members.OnSale
        : reader.ValueTextEquals("frozen"u8) ? Members.Frozen
        : reader.ValueTextEquals("moved"u8) ? Members.Moved
        : reader.ValueTextEquals("opensAt"u8) ? Members.OpensAt
        : reader.ValueTextEquals("closesAt"u8) ? Members.ClosesAt
        : reader.ValueTextEquals("limitPerShopper"u8) ? Members.LimitPerShopper
        : reader.ValueTextEquals("holdSeconds"u8) ? Members.HoldSeconds
        : reader.ValueTextEquals("returned"u8) ? Members.Returned
        : reader.ValueTextEquals("reason"u8) ? Members.Reason
        : reader.ValueTextEquals("told"u8) ? Members.Told
        : reader.ValueTextEquals("status"u8) ? Members.Status
        : reader.ValueTextEquals("config"u8) ? Members.Config
        : reader.ValueTextEquals("prices"u8) ? Members.Prices
        : reader.ValueTextEquals("first"u8) ? Members.First
        : reader.ValueTextEquals("delta"u8) ? Members.Delta
        : reader.ValueTextEquals("view"u8) ? Members.View
        : throw new JsonException($"unknown member {reader.GetString()}");

    private void ReadValue(ref Utf8JsonReader reader, Members member)
    {
        switch (member)
        {
            case Members.Hold: Hold = HoldId(ref reader); break;
            case Members.Generation: Generation = Number(ref reader, 1, long.MaxValue); break;
            case Members.Shopper: Shopper = Name(ref reader); break;
            case Members.Campaign: Campaign = Name(ref reader); break;
            case Members.Sku: Sku = Name(ref reader); break;
            case Members.Quantity: Quantity = Number(ref reader, _quantityLeast, QuantityMost); break;
            case Members.ExpiresAt: ExpiresAt = Time(ref reader); break;
            case Members.Limit: Limit = Number(ref reader, 1, QuantityMost); break;
            case Members.Price: ReadPrice(ref reader); break;
            case Members.State: State = ReadState(ref reader); break;
            case Members.Sold: Sold = Number(ref reader, 1, QuantityMost); break;
            case Members.Freed: Freed = Number(ref reader, 0, QuantityMost); break;
            case Members.Cause: CartRefused = ReadCause(ref reader); break;
            case Members.Owned: Number(ref reader, 0, QuantityMost); break;
            case Members.Restock: Restock = reader.GetBoolean(); break;
            case Members.Version: Version = Number(ref reader, 1, long.MaxValue); break;
            case Members.OnSale: OnSale = reader.GetBoolean(); break;
            case Members.Frozen: Frozen = reader.GetBoolean(); break;
            case Members.Moved: Moved = Number(ref reader, -QuantityMost, QuantityMost); break;
            case Members.OpensAt: OpensAt = Time(ref reader); break;
            case Members.ClosesAt: ClosesAt = Time(ref reader); break;
            case Members.LimitPerShopper: LimitPerShopper = Number(ref reader, 1, QuantityMost); break;
            case Members.HoldSeconds: HoldSeconds = Number(ref reader, 1, QuantityMost); break;
            case Members.Returned: Returned = Number(ref reader, 0, QuantityMost); break;
            case Members.Delta: Delta = Number(ref reader, -QuantityMost, QuantityMost); break;
            case Members.Reason or Members.Status: _ = reader.GetString() ?? throw new JsonException($"{member} is null"); break;
            default: reader.Skip(); break; // A campaign's configuration, an answer's words: well-formed is all that is asked of them.
        }
    }

    private static long Number(ref Utf8JsonReader reader, long least, long most)
    {
        var number = reader.GetInt64();
        return number >= least && number <= most ? number : throw new JsonException($"{number} is not in {least} to {most}");
    }

    private static long Time(ref Utf8JsonReader reader) => reader.GetDateTimeOffset().ToUnixTimeMilliseconds();

    private static UInt128 HoldId(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException("a hold id is a string");
        Span<byte> id = stackalloc byte[IdLength + 2];
        return reader.ValueSpan.Length == IdTextLength && Base64Url.TryDecodeFromUtf8(reader.ValueSpan, id, out var length) && length == IdLength
            ? BinaryPrimitives.ReadUInt128BigEndian(id)
            : throw new JsonException($"{reader.GetString()} is not a hold id");
    }

    private int Name(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException("an id is a string");
        Span<char> name = stackalloc char[64];
        if (reader.ValueSpan.Length is 0 or > 64) throw new JsonException("an id has 1-64 characters");
        return names.Of(name[..reader.CopyString(name)]);
    }

    private void ReadPrice(ref Utf8JsonReader reader)
    {
        long? amount = null;
        int? currency = null;
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("a price is an object");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isAmount = reader.ValueTextEquals("amount"u8);
            if (!isAmount && !reader.ValueTextEquals("currency"u8)) throw new JsonException("a price has an amount and a currency");
            reader.Read();
            if (isAmount) amount = Number(ref reader, 0, 1_000_000_000_000);
            else currency = Name(ref reader);
        }

        Price = (amount ?? throw new JsonException("a price lacks its amount"), currency ?? throw new JsonException("a price lacks its currency"));
    }

    private static Standing ReadState(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("held"u8) ? Standing.Held
        : reader.ValueTextEquals("confirmed"u8) ? Standing.Confirmed
        : reader.ValueTextEquals("released"u8) ? Standing.Released
        : reader.ValueTextEquals("expired"u8) ? Standing.Expired
        : throw new JsonException($"unknown state {reader.GetString()}");

    private static bool ReadCause(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("ClaimRefused"u8) || reader.ValueTextEquals("KeyUsedElsewhere"u8)
        || (reader.ValueTextEquals("Shopper"u8) || reader.ValueTextEquals("Operator"u8) || reader.ValueTextEquals("Order"u8)
            ? false
            : throw new JsonException($"unknown cause {reader.GetString()}"));
}
