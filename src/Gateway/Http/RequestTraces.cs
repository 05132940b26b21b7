using System.Diagnostics;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>
/// Decides which requests are traced, and begins their traces: those that come with a sampled <c>traceparent</c>, and a share of all others. ASP.NET's own
/// span would be made for every request, traced or not; here a request that is not costs a look at a header.
/// </summary>
internal sealed class RequestTraces(GatewayOptions options, TimeProvider time)
{
    /// <summary>The root of a trace.</summary>
    public Task Run(HttpContext http, RequestDelegate next)
    {
        if (!Traces.Source.HasListeners()) return next(http);
        _ = ActivityContext.TryParse(http.Request.Headers.TraceParent, http.Request.Headers.TraceState, isRemote: true, out var caller);
        return (caller.TraceFlags & ActivityTraceFlags.Recorded) != ActivityTraceFlags.None || IsDrawn() ? Trace(http, next, caller) : next(http);
    }

    // A multiplicative hash spreads what was asked one after the other evenly over all numbers.
    private bool IsDrawn() => (ulong)time.GetTimestamp() * 0x9E3779B97F4A7C15UL < options.TraceRatio * ulong.MaxValue;

    private static async Task Trace(HttpContext http, RequestDelegate next, ActivityContext caller)
    {
        using var span = Traces.Source.StartActivity(http.Request.Method, ActivityKind.Server, caller);
        await next(http);
        if (span is null) return;
        var status = http.Response.StatusCode;
        span.SetTag("http.request.method", http.Request.Method).SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
        if ((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is not { } route) return;
        span.SetTag("http.route", route);
        span.DisplayName = $"{http.Request.Method} {route}";
    }
}
