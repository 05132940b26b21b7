using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>
/// Reads a body to the letter. The serializer decides whether it is good; only what it refused is walked again, to tell the client which
/// member is wrong and what to do.
/// </summary>
internal static class StrictJson
{
    private const string Malformed = "The body is not well-formed JSON of at most 8 levels: send one JSON object in UTF-8, without comments.";

    public static bool TryRead<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Problem? problem)
        where T : class
    {
        value = null;
        if (body.IsEmpty) problem = Problem.BadRequest("The body is empty: send a JSON object.");
        else if (!Utf8.IsValid(body)) problem = Problem.BadRequest("The body is not valid UTF-8: encode it as UTF-8.");
        else
        {
            try
            {
                value = JsonSerializer.Deserialize(body, type);
                problem = value is null ? Problem.BadRequest("The body is null: send a JSON object.") : null;
            }
            catch (JsonException)
            {
                problem = Problem.BadRequest(Explain(body, type));
            }
        }

        return problem is null;
    }

    private static string Explain(ReadOnlySpan<byte> body, JsonTypeInfo type)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = type.Options.MaxDepth });
            reader.Read();
            return Wrong(ref reader, type, "") ?? Malformed;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return Malformed;
        }
    }

    /// <summary>The first thing that is wrong with the value under the reader, or null; the reader then stands on its last token.</summary>
    private static string? Wrong(ref Utf8JsonReader reader, JsonTypeInfo type, string path) => type.Kind switch
    {
        JsonTypeInfoKind.Object => WrongObject(ref reader, type, path),
        JsonTypeInfoKind.Enumerable => WrongArray(ref reader, type, path),
        _ => WrongValue(ref reader, type, path),
    };

    private static string? WrongObject(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        if (reader.TokenType != JsonTokenType.StartObject) return $"{Name(path)} must be an object.";
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var member = path.Length == 0 ? name : $"{path}.{name}";
            var property = type.Properties.FirstOrDefault(p => p.Name == name);
            if (property is null)
                return $"{Name(member)} is unknown: remove it. Known are {string.Join(", ", type.Properties.Select(p => p.Name))}.";
            if (!seen.Add(name)) return $"{Name(member)} is given twice: give it once.";
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
            {
                if (!property.IsSetNullable || (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null))
                    return $"{Name(member)} must not be null: give it a value.";
                continue;
            }

            if (Wrong(ref reader, type.Options.GetTypeInfo(property.PropertyType), member) is { } wrong) return wrong;
        }

        var missing = type.Properties.FirstOrDefault(p => p.IsRequired && !seen.Contains(p.Name));
        return missing is null ? null : $"{Name(path.Length == 0 ? missing.Name : $"{path}.{missing.Name}")} is missing: add it.";
    }

    private static string? WrongArray(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return $"{Name(path)} must be an array.";
        var element = type.Options.GetTypeInfo(type.ElementType!);
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            if (Wrong(ref reader, element, $"{path}[{i}]") is { } wrong) return wrong;
        }

        return null;
    }

    private static string? WrongValue(ref Utf8JsonReader reader, JsonTypeInfo type, string path)
    {
        var at = reader;
        try
        {
            JsonSerializer.Deserialize(ref at, type);
            return null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return $"{Name(path)} must be {Shape(type.Type)}.";
        }
    }

    private static string Name(string path) => path.Length == 0 ? "The body" : $"The member \"{(path.Length > 100 ? path[..100] + "…" : path)}\"";

    private static string Shape(Type type) =>
        type == typeof(string) ? "a string of whole Unicode characters"
        : type == typeof(int) || type == typeof(long) ? "an integer, written without quotes, fraction or exponent, within its range"
        : type == typeof(DateTimeOffset) ? "an RFC 3339 time with an offset, for example \"2026-11-11T10:00:00.000Z\""
        : type == typeof(Sku) ? "a string of 1 to 64 characters of A-Z, a-z, 0-9, _ and -"
        : "a value of the documented type";
}
