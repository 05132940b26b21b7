using System.Diagnostics;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>ASP.NET begins a request's span before it knows the route, and does not come back to it: what was asked and how it was answered is added here.</summary>
internal static class RequestTraces
{
    public static Task Run(HttpContext http, RequestDelegate next) => Traces.Recorded is { } span ? Run(http, next, span) : next(http);

    private static async Task Run(HttpContext http, RequestDelegate next, Activity span)
    {
        await next(http);
        var status = http.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError) span.SetStatus(ActivityStatusCode.Error);
        if ((http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText is not { } route) return;
        span.SetTag("http.route", route);
        span.DisplayName = $"{http.Request.Method} {route}";
    }
}
