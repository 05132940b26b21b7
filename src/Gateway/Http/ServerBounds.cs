using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace FlashSale.Gateway.Http;

/// <summary>What Kestrel bounds before a request is one.</summary>
/// <remarks>
/// Some requests never become one, and Kestrel answers them by itself, without a body, and closes the connection: 400 for what is not HTTP (request line,
/// header line, Host, Content-Length) or whose path holds a NUL, an escaped one too, or bytes beyond ASCII; 405 for <c>*</c> as a path; 408 for headers
/// that take too long; 414 and 431 beyond the bounds below; 505 for a version other than HTTP/1. It has no way to give these another form. All else is
/// answered by the stages and routes with a problem body.
/// </remarks>
internal static class ServerBounds
{
    /// <summary>What is drained of a body after an early answer. Bodies themselves are bounded per call, before this.</summary>
    private const int MostDrainedBytes = 1024 * 1024;

    private static readonly TimeSpan GraceOfSlowBodies = TimeSpan.FromSeconds(5);

    public static void Set(KestrelServerOptions kestrel, HttpOptions options)
    {
        kestrel.AddServerHeader = false;
        // TLS, and with it HTTP/2, ends at the proxy in front, so there are no streams to bound.
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = HttpProtocols.Http1);
        // Read as UTF-8, bytes beyond ASCII would be refused by Kestrel itself. As Latin 1 any byte is a character, and ours to refuse. Not so the length:
        // Kestrel fails over one of more than 20 characters that is not read its own way.
        kestrel.RequestHeaderEncodingSelector = static name => name == HeaderNames.ContentLength ? null : Encoding.Latin1;
        var limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxRequestLineSize = options.MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = options.MaxHeaders;
        limits.MaxRequestBodySize = MostDrainedBytes;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(options.HeaderTimeoutSeconds);
        limits.MinRequestBodyDataRate = new MinDataRate(options.MinBodyBytesPerSecond, GraceOfSlowBodies);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(options.KeepAliveSeconds);
    }
}
