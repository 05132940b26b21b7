using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace FlashSale.Contracts;

/// <summary>Ids are JSON strings in their one written form; anything else is a <see cref="JsonException"/>.</summary>
public sealed class IdJsonConverter<T> : JsonConverter<T>
    where T : struct, IStringId<T>
{
    /// <inheritdoc />
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && T.TryParse(reader.GetString(), out var id)
            ? id
            : throw new JsonException($"not a valid {typeof(T).Name}");

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());

    /// <inheritdoc />
    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.TryParse(reader.GetString(), out var id) ? id : throw new JsonException($"not a valid {typeof(T).Name}");

    /// <inheritdoc />
    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.ToString()!);
}

/// <summary>Times are RFC 3339 in UTC with milliseconds, <c>2026-11-11T10:00:00.000Z</c>; read with any offset, kept to the millisecond.</summary>
public sealed class TimeJsonConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The one written form of a time.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>The time cut to whole milliseconds, the precision in which all times are kept.</summary>
    public static DateTimeOffset Cut(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    /// <inheritdoc />
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) && IsWhole(reader.GetString()!)
            ? Cut(time)
            : throw new JsonException("not an RFC 3339 time with an offset, for example 2026-11-11T10:00:00.000Z");

    // A date alone, or a time without an offset, would be read in the server's own zone. RFC 3339 wants the seconds too.
    private static bool IsWhole(string text) =>
        text.Length >= "2026-11-11T10:00:00Z".Length && text[10] == 'T' && text[16] == ':' && (text[^1] == 'Z' || text[^6] is '+' or '-');

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<char> text = stackalloc char[24];
        value.UtcDateTime.TryFormat(text, out var written, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..written]);
    }
}
