using System.Text.Json;

namespace FlashSale.Silo.Tests.Fuzz;

/// <summary>A member of an object, with the quotes of its name, or an element of an array.</summary>
internal readonly record struct JsonPart(string Name, JsonTree Value);

/// <summary>A JSON text as a tree that may also be none: members may repeat, and a leaf is any text.</summary>
internal sealed record JsonTree(char Kind, string Text, IReadOnlyList<JsonPart> Parts)
{
    public static JsonTree Leaf(string text) => new('x', text, []);

    public static JsonTree Parse(string json) => Of(JsonDocument.Parse(json).RootElement);

    /// <summary>Objects and arrays, this and all below it.</summary>
    public int Count => Kind == 'x' ? 0 : 1 + Parts.Sum(part => part.Value.Count);

    /// <summary>Changes the parts of the object or array with this number, counted from the root down.</summary>
    public JsonTree At(int number, Func<IReadOnlyList<JsonPart>, IEnumerable<JsonPart>> change)
    {
        if (number == 0) return this with { Parts = [.. change(Parts)] };
        number--;
        var parts = new List<JsonPart>();
        foreach (var (name, value) in Parts)
        {
            parts.Add(new JsonPart(name, number >= 0 && number < value.Count ? value.At(number, change) : value));
            number -= value.Count;
        }

        return this with { Parts = parts };
    }

    public override string ToString() => Kind switch
    {
        '{' => $"{{{string.Join(',', Parts.Select(p => $"{p.Name}:{p.Value}"))}}}",
        '[' => $"[{string.Join(',', Parts.Select(p => p.Value))}]",
        _ => Text,
    };

    private static JsonTree Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new('{', "", [.. element.EnumerateObject().Select(m => new JsonPart($"\"{m.Name}\"", Of(m.Value)))]),
        JsonValueKind.Array => new('[', "", [.. element.EnumerateArray().Select(e => new JsonPart("", Of(e)))]),
        _ => Leaf(element.GetRawText()),
    };
}
