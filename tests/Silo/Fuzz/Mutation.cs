using System.Text;
using FlashSale.Silo.Tests.BadInput;

namespace FlashSale.Silo.Tests.Fuzz;

/// <summary>One thing that goes wrong with a valid request. Numbers are taken modulo what there is, so that any of them means something.</summary>
internal abstract record Mutation
{
    public abstract RawRequest Apply(RawRequest request);

    protected static int Wrap(int number, int count) => count == 0 ? 0 : number % count;
}

/// <summary>Changes the structure of the body.</summary>
internal abstract record BodyMutation(int Node, int Part) : Mutation
{
    public override RawRequest Apply(RawRequest request)
    {
        if (!TryParse(request.Body, out var tree) || tree.Count == 0) return request;
        return request.WithBody(Encoding.UTF8.GetBytes(tree.At(Wrap(Node, tree.Count), parts => parts.Count == 0 ? parts : Change([.. parts], Wrap(Part, parts.Count))).ToString()));
    }

    protected abstract IEnumerable<JsonPart> Change(List<JsonPart> parts, int part);

    private static bool TryParse(byte[] body, out JsonTree tree)
    {
        tree = JsonTree.Leaf("");
        try
        {
            if (body.Length > 0) tree = JsonTree.Parse(Encoding.UTF8.GetString(body));
            return body.Length > 0;
        }
        catch (Exception malformed) when (malformed is System.Text.Json.JsonException or InvalidOperationException)
        {
            return false; // An earlier mutation has left no structure.
        }
    }
}

internal sealed record DropPart(int Node, int Part) : BodyMutation(Node, Part)
{
    protected override IEnumerable<JsonPart> Change(List<JsonPart> parts, int part) => parts.Where((_, i) => i != part);
}

internal sealed record DoublePart(int Node, int Part) : BodyMutation(Node, Part)
{
    protected override IEnumerable<JsonPart> Change(List<JsonPart> parts, int part) => parts.Append(parts[part]);
}

internal sealed record AddPart(int Node, int Part, string Name, string Value) : BodyMutation(Node, Part)
{
    protected override IEnumerable<JsonPart> Change(List<JsonPart> parts, int part) => [.. parts[..part], new JsonPart(Name, JsonTree.Leaf(Value)), .. parts[part..]];
}

internal sealed record RetypePart(int Node, int Part, string Value) : BodyMutation(Node, Part)
{
    protected override IEnumerable<JsonPart> Change(List<JsonPart> parts, int part) =>
        parts.Select((p, i) => i == part ? p with { Value = JsonTree.Leaf(Value) } : p);
}

internal sealed record RenamePart(int Node, int Part, string Name) : BodyMutation(Node, Part)
{
    protected override IEnumerable<JsonPart> Change(List<JsonPart> parts, int part) =>
        parts.Select((p, i) => i == part ? p with { Name = Name } : p);
}

internal sealed record ReorderParts(int Node, int Part) : BodyMutation(Node, Part)
{
    protected override IEnumerable<JsonPart> Change(List<JsonPart> parts, int part) => [.. parts[part..], .. parts[..part]];
}

/// <summary>Puts bytes in the place of some of the body; its length is told as it then is.</summary>
internal sealed record SpliceBody(int At, int Removed, byte[] Inserted) : Mutation
{
    public override RawRequest Apply(RawRequest request)
    {
        var at = Wrap(At, request.Body.Length + 1);
        return request.WithBody([.. request.Body[..at], .. Inserted, .. request.Body[Math.Min(at + Removed, request.Body.Length)..]]);
    }

    public override string ToString() => $"SpliceBody at {At}, {Removed} by {Convert.ToHexString(Inserted)}";
}

internal sealed record DropHeader(int Which) : Mutation
{
    public override RawRequest Apply(RawRequest request) => request with { Headers = [.. request.Headers.Where((_, i) => i != Wrap(Which, request.Headers.Count))] };
}

internal sealed record DoubleHeader(int Which) : Mutation
{
    public override RawRequest Apply(RawRequest request) => request.Headers.Count == 0 ? request : request.And(request.Headers[Wrap(Which, request.Headers.Count)]);
}

/// <summary>Gives a header another value.</summary>
internal sealed record SetHeader(int Which, string Value) : Mutation
{
    public override RawRequest Apply(RawRequest request) => request with
    {
        Headers = [.. request.Headers.Select((h, i) => i == Wrap(Which, request.Headers.Count) ? $"{h.Split(':')[0]}: {Value}" : h)],
    };
}

internal sealed record AddHeader(string Line) : Mutation
{
    public override RawRequest Apply(RawRequest request) => request.And(Line);
}

/// <summary>Puts a text in the place of one segment of the path.</summary>
internal sealed record SetSegment(int Which, string Text) : Mutation
{
    public override RawRequest Apply(RawRequest request)
    {
        var segments = request.Target.Split('/');
        segments[Wrap(Which, segments.Length)] = Text;
        return request with { Target = string.Join('/', segments) };
    }
}

internal sealed record SetTarget(string Target) : Mutation
{
    public override RawRequest Apply(RawRequest request) => request with { Target = Target };
}

internal sealed record AddQuery(string Query) : Mutation
{
    public override RawRequest Apply(RawRequest request) => request with { Target = $"{request.Target}?{Query}" };
}

internal sealed record SetMethod(string Method) : Mutation
{
    public override RawRequest Apply(RawRequest request) => request with { Method = Method };
}

/// <summary>A valid request of a call, and what goes wrong with it one after the other.</summary>
/// <param name="Call">Which call.</param>
/// <param name="Key">Its Idempotency-Key, where it has one.</param>
/// <param name="Mutations">May be none.</param>
internal sealed record FuzzCase(string Call, string Key, Mutation[] Mutations)
{
    public RawRequest Request => Mutations.Aggregate(
        GoodRequest.Of(Call).Headers.Any(h => h.StartsWith("Idempotency-Key", StringComparison.Ordinal)) ? GoodRequest.Of(Call).With("Idempotency-Key", Key) : GoodRequest.Of(Call),
        (request, mutation) => mutation.Apply(request));

    public override string ToString() => $"{Call} with {(Mutations.Length == 0 ? "nothing" : string.Join(", then ", Mutations.AsEnumerable()))}\n{Request}";
}
