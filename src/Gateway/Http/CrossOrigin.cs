using Microsoft.AspNetCore.Cors.Infrastructure;

namespace FlashSale.Gateway.Http;

/// <summary>
/// Which pages may call from a browser. Shoppers' calls and operators' calls have a policy each. A preflight is answered before any stage, so it needs no
/// token and counts for no rate.
/// </summary>
internal static class CrossOrigin
{
    private const string OperatorsPath = "/v1/admin";

    public static void AddCrossOrigin(this IServiceCollection services, CorsOptions options)
    {
        if (!IsWanted(options)) return;
        services.AddCors();
        services.AddSingleton<ICorsPolicyProvider>(new ByPath(Policy(options.Origins), Policy(options.OperatorOrigins)));
    }

    public static void UseCrossOrigin(this IApplicationBuilder app, CorsOptions options)
    {
        if (IsWanted(options)) app.UseCors();
    }

    private static bool IsWanted(CorsOptions options) => options.Origins.Length + options.OperatorOrigins.Length > 0;

    private static CorsPolicy Policy(IEnumerable<string> origins) => new CorsPolicyBuilder([.. origins])
        .WithMethods("GET", "POST", "PUT", "DELETE")
        .WithHeaders("Authorization", "Idempotency-Key", "Content-Type", "If-None-Match", "Last-Event-ID")
        .WithExposedHeaders("ETag", "Retry-After")
        .SetPreflightMaxAge(TimeSpan.FromMinutes(10))
        .Build();

    private sealed class ByPath(CorsPolicy shoppers, CorsPolicy operators) : ICorsPolicyProvider
    {
        public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName) =>
            Task.FromResult<CorsPolicy?>(context.Request.Path.StartsWithSegments(OperatorsPath, StringComparison.OrdinalIgnoreCase) ? operators : shoppers);
    }
}
