using System.Net.Mime;
using System.Security.Cryptography;
using System.Text;
using FlashSale.Gateway.Sessions;
using Microsoft.AspNetCore.Connections;
using Microsoft.Net.Http.Headers;

namespace FlashSale.Gateway.Http;

/// <summary>The stages "what" to "state" of one call, after transport, who and media type are settled.</summary>
internal delegate Task<Answer> Handler(Call call);

/// <summary>
/// The stages that all calls have in common, in the order of API.md: transport (body size, concurrency), who (credentials, rate), media
/// type; then the handler. Routes and methods come first, by ASP.NET's routing.
/// </summary>
internal sealed partial class Stages(GatewayOptions options, GatewayKeys keys, SessionTokens tokens, ShopperRate rate, AddressRate sessions, PurchaseLimit purchases, TimeProvider time, HttpInstruments instruments, ILogger<Stages> logger)
{
    public const int MostShopperBytes = 16 * 1024;
    public const int MostOperatorBytes = 256 * 1024;

    private static readonly Problem NoToken = new(ProblemKind.Unauthenticated, "Send a valid session token as Authorization: Bearer <token>; POST /v1/sessions gives one.");
    private static readonly Problem NoKey = new(ProblemKind.Unauthenticated, "Send the operators' key as Authorization: Bearer <AdminKey>.");
    private static readonly Problem NotJson = new(ProblemKind.UnsupportedMediaType, "Send Content-Type: application/json, in UTF-8 and without Content-Encoding.");
    private static readonly Problem TooLong = new(ProblemKind.Unavailable, "It takes too long, and goes on: repeat the request with the same Idempotency-Key to learn the outcome.");
    private static readonly Problem TooManyRequests = new(ProblemKind.Overloaded, "Too many requests are in progress. Nothing happened.");

    private readonly byte[] _adminKeyHash = SHA256.HashData(Encoding.UTF8.GetBytes(keys.AdminKey));
    private readonly TimeSpan _bodyTimeout = TimeSpan.FromSeconds(options.Http.BodyTimeoutSeconds);
    private readonly TimeSpan _decisionTimeout = TimeSpan.FromSeconds(options.Http.RequestTimeoutSeconds);
    private int _requests;

    private enum Caller
    {
        Anyone,
        Listener,
        Newcomer,
        Shopper,
        Buyer,
        Operator,
    }

    public RequestDelegate Anyone(Handler handler) => http => Run(http, Caller.Anyone, MostShopperBytes, false, handler);

    /// <summary>For answers without an end, which have a bound of their own.</summary>
    public RequestDelegate Listener(Handler handler) => http => Run(http, Caller.Listener, MostShopperBytes, false, handler);

    /// <summary>For whoever wants a token: nobody is known yet, so the client's address is what is bounded.</summary>
    public RequestDelegate NewcomerWithBody(Handler handler) => http => Run(http, Caller.Newcomer, MostShopperBytes, true, handler);

    public RequestDelegate Shopper(Handler handler) => http => Run(http, Caller.Shopper, MostShopperBytes, false, handler);

    /// <summary>For whoever takes stock: turned away where that would take too long.</summary>
    public RequestDelegate Buyer(Handler handler) => http => Run(http, Caller.Buyer, MostShopperBytes, true, handler);

    public RequestDelegate Operator(Handler handler) => http => Run(http, Caller.Operator, MostOperatorBytes, false, handler);

    /// <summary>For what takes as long as the journal is large.</summary>
    public RequestDelegate OperatorAtLeisure(Handler handler) => http => Run(http, Caller.Operator, MostOperatorBytes, false, handler, atLeisure: true);

    public RequestDelegate OperatorWithBody(Handler handler) => http => Run(http, Caller.Operator, MostOperatorBytes, true, handler);

    private async Task Run(HttpContext http, Caller caller, int mostBytes, bool withBody, Handler handler, bool atLeisure = false)
    {
        using var call = new Call(http);
        var (counted, buys, began) = (false, false, (long?)null);
        try
        {
            Answer? answer = http.Request.ContentLength > mostBytes ? TooLarge(http, mostBytes) : null;
            if (answer is null && withBody) answer = await call.ReadBody(mostBytes, _bodyTimeout, time);

            // Operators are not counted: freezing a campaign must work when the crowd fills the house.
            if (answer is null && caller is not (Caller.Operator or Caller.Listener))
            {
                counted = true;
                if (Interlocked.Increment(ref _requests) > options.Http.MaxRequests)
                {
                    instruments.Requests();
                    answer = TooManyRequests;
                }
            }

            if (answer is null && caller == Caller.Buyer)
            {
                buys = purchases.TryEnter();
                if (!buys)
                {
                    instruments.Purchases();
                    answer = new Problem(ProblemKind.Overloaded, "More want to buy than can be served in time. Nothing happened.") { RetryAfterMs = purchases.ComebackMs() };
                }
            }

            answer ??= Admit(call, caller);
            if (answer is null && withBody && !IsJson(http.Request)) answer = NotJson;
            if (answer is null)
            {
                if (buys) began = time.GetTimestamp();
                var deciding = FenceRepeat.Run(() => handler(call), answer => answer is Problem problem && problem.Kind == ProblemKind.Overloaded);
                if (!atLeisure && !deciding.IsCompleted && await TakesTooLong(deciding))
                {
                    await AnswerEarly(http, deciding);
                    return;
                }

                answer = await deciding;
            }

            await answer.Write(http.Response);
        }
        catch (Exception exception)
        {
            await Failed(http, exception);
        }
        finally
        {
            if (counted) Interlocked.Decrement(ref _requests);
            if (buys) purchases.Leave(began);
        }
    }

    private async Task<bool> TakesTooLong(Task deciding)
    {
        await deciding.WaitAsync(_decisionTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !deciding.IsCompleted; // Else it has an answer, or has failed, perhaps by a time-out of its own.
    }

    // Nothing cancels what a purchase has begun, and it still uses the request and with it the connection: the client hears now, the place in the house
    // is free afterwards.
    private static async Task AnswerEarly(HttpContext http, Task<Answer> deciding)
    {
        Call.CloseAfter(http);
        try
        {
            await TooLong.Write(http.Response);
            await http.Response.CompleteAsync();
        }
        finally
        {
            await Ended(deciding);
        }
    }

    private static async Task Ended(Task<Answer> deciding)
    {
        try
        {
            if (await deciding is IDisposable unused) unused.Dispose();
        }
        catch (Exception)
        {
            // Its client was told that the outcome is unknown.
        }
    }

    private Problem? Admit(Call call, Caller caller)
    {
        if (caller is Caller.Anyone or Caller.Listener) return null;
        if (caller == Caller.Newcomer) return AdmitAddress(call);
        var bearer = Bearer(call.Http.Request);
        if (caller == Caller.Operator) return IsAdminKey(bearer) ? null : NoKey;
        if (!tokens.TryRead(bearer, out var shopper)) return NoToken;
        call.Shopper = shopper;
        if (rate.Take(shopper) is not { } wait) return null;
        instruments.ShopperRate();
        return TooOften("This shopper", wait);
    }

    private Problem? AdmitAddress(Call call)
    {
        if (sessions.Take(AddressRate.KeyOf(call.Http.Connection.RemoteIpAddress)) is not { } wait) return null;
        instruments.AddressRate();
        return TooOften("This address", wait);
    }

    private static Problem TooOften(string who, TimeSpan wait) => new(ProblemKind.RateLimited, $"{who} asks too often; wait before the next call.")
    {
        RetryAfterMs = Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds)),
    };

    private static ReadOnlySpan<char> Bearer(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var values = request.Headers.Authorization;
        return values.Count == 1 && values[0] is { } text && text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            ? text.AsSpan(scheme.Length)
            : default;
    }

    // Hashes are compared, so that neither content nor length of the key shows in the time it takes.
    private bool IsAdminKey(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > GatewayKeys.MaxLength) return false;
        Span<byte> bytes = stackalloc byte[GatewayKeys.MaxLength * 3];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..Encoding.UTF8.GetBytes(text, bytes)], hash);
        return CryptographicOperations.FixedTimeEquals(hash, _adminKeyHash);
    }

    private static bool IsJson(HttpRequest request)
    {
        if (!Microsoft.Extensions.Primitives.StringValues.IsNullOrEmpty(request.Headers.ContentEncoding)) return false;
        var text = request.ContentType;
        if (string.Equals(text, MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)) return true;
        if (!MediaTypeHeaderValue.TryParse(text, out var type)) return false;
        return type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
    }

    // The rest of the body is not read, so the connection cannot carry another request.
    private static Problem TooLarge(HttpContext http, int mostBytes)
    {
        Call.CloseAfter(http);
        return Call.TooLarge(mostBytes);
    }

    private async Task Failed(HttpContext http, Exception exception)
    {
        if (http.RequestAborted.IsCancellationRequested || exception is ConnectionResetException) return; // The client has left.
        var problem = exception is BadHttpRequestException malformed
            ? malformed.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? TooLarge(http, MostShopperBytes)
                : Problem.BadRequest("The body did not arrive as announced: " + malformed.Message)
            : Problem.Of(exception);
        if (problem.Kind == ProblemKind.Internal) LogBug(http.Request.Method, http.Request.Path, exception);
        if (http.Response.HasStarted)
        {
            http.Abort(); // A half answer must not look like a whole one.
            return;
        }

        http.Response.Headers.Clear();
        await problem.Write(http.Response);
    }

    [LoggerMessage(1, LogLevel.Error, "{Method} {Path} failed by a bug.")]
    private partial void LogBug(string method, string path, Exception exception);
}
