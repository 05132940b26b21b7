using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FlashSale.Gateway.Http;
using static FlashSale.Gateway.Http.ProblemKind;

namespace FlashSale.Gateway.OpenApi;

/// <summary>
/// Puts the document together. Endpoints read their bodies and write their answers themselves, so nothing could be inferred from their signatures; what
/// all calls have in common comes from here, the rest from <see cref="ApiCall"/> and <see cref="OpenApiParts"/>.
/// </summary>
internal static partial class OpenApiDocument
{
    public static readonly JsonSerializerOptions Json = new() { WriteIndented = true, IndentSize = 1, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonObject Make()
    {
        var paths = new JsonObject();
        foreach (var byPath in ApiCall.All.GroupBy(call => call.Path))
        {
            var path = new JsonObject { ["parameters"] = Refs("parameters", PathParameter().Matches(byPath.Key).Select(match => match.Groups["name"].Value)) };
            foreach (var call in byPath) path[call.Method.ToLowerInvariant()] = Operation(call);
            paths[byPath.Key] = path;
        }

        var components = OpenApiParts.Components();
        components["responses"] = new JsonObject(ApiCall.All.SelectMany(CodesOf).Distinct().OrderBy(kind => kind.Code, StringComparer.Ordinal)
            .Select(kind => KeyValuePair.Create(kind.Code, (JsonNode?)Problems([kind]))));
        return new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "FlashSale", ["version"] = "1", ["description"] = OpenApiParts.Description },
            ["paths"] = paths,
            ["components"] = components,
        };
    }

    /// <summary>All codes that a call may answer.</summary>
    public static IEnumerable<ProblemKind> CodesOf(ApiCall call)
    {
        if (call.Caller == ApiCaller.Balancer) return [];
        IEnumerable<ProblemKind> codes = [TooLarge, Overloaded];
        if (call.Caller is ApiCaller.Shopper or ApiCaller.Operator) codes = codes.Append(Unauthenticated);
        if (call.Caller == ApiCaller.Shopper) codes = codes.Append(RateLimited);
        if (call.Body is not null) codes = codes.Append(UnsupportedMediaType);
        if (call.Body is not null || call.Key || call.Query.Length > 0 || call.Path.Contains('{', StringComparison.Ordinal)) codes = codes.Append(BadRequest);
        return codes.Concat(call.Codes).Append(Unavailable).Append(Internal);
    }

    private static JsonObject Operation(ApiCall call)
    {
        var operation = new JsonObject { ["summary"] = call.Summary, ["tags"] = new JsonArray(call.Caller.ToString()) };
        var parameters = Refs("parameters", [.. call.Query, .. call.Key ? ["idempotencyKey"] : Array.Empty<string>(), .. call.Tagged ? ["ifNoneMatch"] : Array.Empty<string>(), .. call.Answer == "Events" ? ["lastEventId"] : Array.Empty<string>()]);
        if (parameters.Count > 0) operation["parameters"] = parameters;
        if (call.Body is not null) operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = Content("application/json", call.Body) };
        operation["security"] = call.Caller switch
        {
            ApiCaller.Shopper => new JsonArray(new JsonObject { ["sessionToken"] = new JsonArray() }),
            ApiCaller.Operator => new JsonArray(new JsonObject { ["adminKey"] = new JsonArray() }),
            _ => new JsonArray(),
        };
        operation["responses"] = Responses(call);
        return operation;
    }

    private static JsonObject Responses(ApiCall call)
    {
        var good = new JsonObject { ["description"] = call.Answer ?? "Done" };
        if (call.Tagged) good["headers"] = new JsonObject { ["ETag"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } } };
        if (call.Answer is not null) good["content"] = Content(call.Answer == "Events" ? "text/event-stream" : "application/json", call.Answer);
        var responses = new JsonObject { [Text(call.Status)] = good };
        if (call.Tagged) responses["304"] = new JsonObject { ["description"] = "As the If-None-Match of the request" };
        if (call.Answer == "Events") responses["204"] = new JsonObject { ["description"] = "The campaign is closed and the client has seen that: do not come back" };
        if (call.Answer == "Ready") responses["503"] = new JsonObject { ["description"] = "Not ready", ["content"] = Content("application/json", "Ready") };
        foreach (var byStatus in CodesOf(call).GroupBy(kind => kind.Status).OrderBy(group => group.Key)) responses[Text(byStatus.Key)] = Errors([.. byStatus]);
        return responses;
    }

    private static JsonObject Errors(ProblemKind[] kinds) => kinds is [var only] ? Ref("responses", only.Code) : Problems(kinds);

    private static JsonObject Problems(ProblemKind[] kinds) => new()
    {
        ["description"] = string.Join(", ", kinds.Select(kind => kind.Code)),
        ["content"] = new JsonObject
        {
            [Problem.ContentType] = new JsonObject
            {
                ["schema"] = new JsonObject
                {
                    ["allOf"] = new JsonArray(Ref("schemas", "Problem")),
                    ["properties"] = new JsonObject { ["code"] = new JsonObject { ["enum"] = new JsonArray([.. kinds.Select(kind => JsonValue.Create(kind.Code))]) } },
                },
            },
        },
    };

    private static JsonObject Content(string type, string schema) => new() { [type] = new JsonObject { ["schema"] = Ref("schemas", schema) } };

    private static JsonArray Refs(string kind, IEnumerable<string> names) => new([.. names.Select(name => Ref(kind, name))]);

    private static JsonObject Ref(string kind, string name) => new() { ["$ref"] = $"#/components/{kind}/{name}" };

    private static string Text(int status) => status.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PathParameter();
}
