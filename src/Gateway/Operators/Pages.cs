using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Gateway.Http;
using Orleans;

namespace FlashSale.Gateway.Operators;

/// <summary>Lists of all ledgers of a kind, page by page.</summary>
internal static class Pages
{
    private const int ReadsAtOnce = 32;

    /// <summary>A page as the query <c>?after=ID&amp;limit=N</c> asks for it.</summary>
    /// <param name="call">Whose query.</param>
    /// <param name="grains">The journal among them.</param>
    /// <param name="kind">Which ledgers.</param>
    /// <param name="member">Name of the array.</param>
    /// <param name="read">Reads one element; null for a ledger that is none of these.</param>
    /// <param name="write">Writes one element.</param>
    public static async Task<Answer> Read<TId, T>(
        Call call, IGrainFactory grains, LedgerKind kind, string member, Func<TId, Task<T?>> read, Action<Utf8JsonWriter, T> write)
        where TId : struct, IStringId<TId>
        where T : class
    {
        if (!call.TryQuery(["after", "limit"], out var problem) || !call.TryNumber("limit", 100, 1, 1000, out var limit, out problem)) return problem;
        var after = call.Http.Request.Query["after"].ToString();
        if (after.Length > 0 && !TId.TryParse(after, out _))
            return Problem.BadRequest("The query parameter \"after\" must be the \"next\" of the page before.");

        var ids = await grains.Journal().List(kind, after.Length == 0 ? null : after, (int)limit);
        var elements = new List<T>(ids.Length);
        foreach (var chunk in ids.Chunk(ReadsAtOnce))
        {
            elements.AddRange((await Task.WhenAll(chunk.Select(id => TId.TryParse(id, out var parsed) ? read(parsed) : Task.FromResult<T?>(null)))).OfType<T>());
        }

        return Answer.Json((elements, next: ids.Length == limit ? ids[^1] : null), (json, page) =>
        {
            json.WriteStartObject();
            json.WriteStartArray(member);
            foreach (var element in page.elements) write(json, element);
            json.WriteEndArray();
            json.WriteString("next", page.next);
            json.WriteEndObject();
        });
    }
}
