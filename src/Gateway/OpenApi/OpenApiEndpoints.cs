using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using FlashSale.Gateway.Http;

namespace FlashSale.Gateway.OpenApi;

/// <summary><c>/openapi/v1.json</c>: the contract for tools. Written once.</summary>
internal sealed class OpenApiEndpoints
{
    private readonly byte[] _document = JsonSerializer.SerializeToUtf8Bytes(OpenApiDocument.Make(), OpenApiDocument.Json);
    private readonly string _etag;

    public OpenApiEndpoints() => _etag = $"\"{Base64Url.EncodeToString(SHA256.HashData(_document).AsSpan(0, 12))}\"";

    public void Map(IEndpointRouteBuilder routes, Stages stages) => routes.MapGet("/openapi/v1.json", stages.Anyone(Get));

    private Task<Answer> Get(Call call)
    {
        call.Http.Response.Headers.ETag = _etag;
        call.Http.Response.Headers.CacheControl = "no-cache";
        return Task.FromResult(call.Knows(_etag) ? Answer.NotModified : new Document(_document));
    }

    private sealed class Document(byte[] bytes) : Answer
    {
        public override async Task Write(HttpResponse response)
        {
            response.ContentType = "application/json";
            response.ContentLength = bytes.Length;
            await response.BodyWriter.WriteAsync(bytes);
        }
    }
}
