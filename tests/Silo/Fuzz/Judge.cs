using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlashSale.Gateway.OpenApi;
using FlashSale.Silo.Tests.Errors;

namespace FlashSale.Silo.Tests.Fuzz;

/// <summary>Whether an answer is one that the contract allows for what was sent, by the OpenAPI document and the table of errors.</summary>
internal static class Judge
{
    private static readonly JsonObject Document = OpenApiDocument.Make();
    private static readonly int[] KestrelsOwn = [400, 405, 408, 414, 431];

    /// <summary>What is wrong with the answer, or null.</summary>
    public static string? Of(RawRequest request, RawAnswer answer) => OfAnswer(request, answer) ?? (IsRead(answer) ? OfBody(request) : null);

    private static string? OfAnswer(RawRequest request, RawAnswer answer) => answer.Status switch
    {
        >= 200 and < 300 => null,
        304 => answer.Body.Length == 0 ? null : "a 304 with a body",
        >= 400 and < 500 when answer.Body.Length == 0 => KestrelsOwn.Contains(answer.Status) || request.Method == "HEAD" ? null : "no problem body",
        >= 400 and < 500 => OfProblem(answer),
        _ => "a status that no input may cause",
    };

    /// <summary>A refusal of the input itself: no ledger may have grown by an event.</summary>
    public static bool IsOfInput(RawAnswer answer) => answer.Status is not (>= 200 and < 300 or 409 or 422);

    private static string? OfProblem(RawAnswer answer)
    {
        if (answer.Header("Content-Type") != "application/problem+json") return "no problem";
        var isKnown = ErrorRow.All.Any(r => (r.Status, r.Code) == (answer.Status, answer.Code));
        return isKnown && ((string?)answer.Json!["detail"])?.Length > 0 ? null : "a problem that the table does not know";
    }

    // Syntax comes before all that depends on the state, so whoever is answered that has sent what the document says a body may be. A path that leads
    // nowhere is told before.
    private static bool IsRead(RawAnswer answer) =>
        answer.Status is >= 200 and < 300 or 404 or 409 or 422 && (string?)answer.Json?["detail"] != "There is no such route.";

    private static string? OfBody(RawRequest request)
    {
        if (Schema(request) is not { } schema) return null;
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(request.Body);
            using var body = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 8 });
            return Violation(body.RootElement, schema, "body");
        }
        catch (Exception malformed) when (malformed is JsonException or DecoderFallbackException or InvalidOperationException)
        {
            return $"read what is no JSON: {malformed.Message}";
        }
    }

    private static JsonNode? Schema(RawRequest request)
    {
        var path = Uri.UnescapeDataString(request.Target.Split('?')[0]).TrimEnd('/').Split('/');
        var call = ApiCall.All.FirstOrDefault(c => c.Body is not null && c.Method.Equals(request.Method, StringComparison.OrdinalIgnoreCase) && IsOf(c.Path.Split('/'), path));
        // A body whose length is not told as it is was not read as it stands here.
        var isAsSent = request.Headers.Count(h => h.StartsWith("Content-Length", StringComparison.OrdinalIgnoreCase)) == 1
            && request.Headers.Contains($"Content-Length: {request.Body.Length}");
        return call is null || !isAsSent ? null : Resolve($"#/components/schemas/{call.Body}");
    }

    private static bool IsOf(string[] route, string[] path) =>
        route.Length == path.Length && route.Zip(path).All(s => s.First.StartsWith('{') || s.First.Equals(s.Second, StringComparison.OrdinalIgnoreCase));

    private static JsonNode Resolve(string reference) => reference[2..].Split('/').Aggregate((JsonNode)Document, (node, step) => node[step]!);

    private static string? Violation(JsonElement value, JsonNode schema, string place)
    {
        if ((string?)schema["$ref"] is { } reference) return Violation(value, Resolve(reference), place);
        var wrong = (string?)schema["type"] switch
        {
            "object" => OfObject(value, schema, place),
            "array" => OfArray(value, schema, place),
            "integer" => OfInteger(value, schema),
            _ => OfString(value, schema),
        };
        return wrong is null || wrong.StartsWith(place, StringComparison.Ordinal) ? wrong : $"{place}: {wrong}";
    }

    private static string? OfObject(JsonElement value, JsonNode schema, string place)
    {
        if (value.ValueKind != JsonValueKind.Object) return "no object";
        var properties = schema["properties"]!.AsObject();
        var missing = schema["required"]!.AsArray().Select(r => (string)r!).FirstOrDefault(name => !value.TryGetProperty(name, out _));
        if (missing is not null) return $"{missing} is missing";
        foreach (var member in value.EnumerateObject())
        {
            if (properties[member.Name] is not { } property) return $"{member.Name} is unknown";
            // The one optional member, a price of a campaign's SKU, may be null for "none".
            var isAbsent = member.Value.ValueKind == JsonValueKind.Null && !schema["required"]!.AsArray().Any(r => (string)r! == member.Name);
            if (!isAbsent && Violation(member.Value, property, $"{place}.{member.Name}") is { } wrong) return wrong;
        }

        return null;
    }

    private static string? OfArray(JsonElement value, JsonNode schema, string place)
    {
        if (value.ValueKind != JsonValueKind.Array) return "no array";
        if (value.GetArrayLength() < (int)schema["minItems"]! || value.GetArrayLength() > (int)schema["maxItems"]!) return "too many or too few";
        return value.EnumerateArray().Select((element, i) => Violation(element, schema["items"]!, $"{place}[{i}]")).FirstOrDefault(wrong => wrong is not null);
    }

    private static string? OfInteger(JsonElement value, JsonNode schema) =>
        value.ValueKind != JsonValueKind.Number || !Matches(value.GetRawText(), "^-?[0-9]+$") || !value.TryGetInt64(out var number) ? "no integer"
        : number < (long)schema["minimum"]! || number > (long)schema["maximum"]! ? "out of range"
        : (long?)schema["not"]?["const"] == number ? "excluded"
        : null;

    private static string? OfString(JsonElement value, JsonNode schema)
    {
        if (value.ValueKind != JsonValueKind.String) return "no string";
        var text = value.GetString()!;
        var runes = text.EnumerateRunes().ToArray();
        if (schema["enum"] is { } allowed && !allowed.AsArray().Any(a => (string)a! == text)) return "none of the values";
        if ((string?)schema["pattern"] is { } pattern && !Matches(text, pattern.Replace("$", "\\z", StringComparison.Ordinal))) return "not of the pattern";
        if (schema["maxLength"] is { } most && (runes.Length > (int)most || runes.Length < (int)schema["minLength"]! || runes.Any(Rune.IsControl))) return "a text of another length, or with control characters";
        return (string?)schema["format"] == "date-time" && !Matches(text, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})\\z") ? "no time" : null;
    }

    private static bool Matches(string text, string pattern) => Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
}
