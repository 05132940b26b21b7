using Microsoft.AspNetCore.HttpOverrides;

namespace FlashSale.Gateway.Http;

/// <summary>The client's address as the configured proxies in front report it. From anybody else the header is ignored.</summary>
internal static class Proxies
{
    public static void UseProxies(this IApplicationBuilder app, ProxyOptions options)
    {
        if (options.Networks.IsEmpty) return;
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = options.Hops };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in options.Networks) forwarded.KnownIPNetworks.Add(network);
        app.UseForwardedHeaders(forwarded);
    }
}
