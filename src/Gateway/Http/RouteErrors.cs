namespace FlashSale.Gateway.Http;

/// <summary>Gives the two errors of routing, no such route and no such method, the shape of all others.</summary>
internal static class RouteErrors
{
    private static readonly Problem NoRoute = new(ProblemKind.NotFound, "There is no such route.");
    private static readonly Problem NoMethod = new(ProblemKind.MethodNotAllowed, "The route does not know this method; the Allow header lists those it knows.");

    public static Task Run(HttpContext http, RequestDelegate next) =>
        http.GetEndpoint() is RouteEndpoint ? next(http) : RunOther(http, next);

    private static async Task RunOther(HttpContext http, RequestDelegate next)
    {
        await next(http);
        if (http.Response.HasStarted || http.Response.ContentLength is not null || http.Response.ContentType is not null) return;
        var problem = http.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => NoRoute,
            StatusCodes.Status405MethodNotAllowed => NoMethod,
            _ => null,
        };
        if (problem is not null) await problem.Write(http.Response);
    }
}
