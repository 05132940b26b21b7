using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace FlashSale.Gateway;

/// <summary>A setting is missing or wrong; the message says in one line what to do. Ends the start.</summary>
public sealed class GatewayConfigurationException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">One line for whoever starts the host.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public GatewayConfigurationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>Every option of the gateway, read from the configuration section <c>FlashSale</c>.</summary>
internal sealed record GatewayOptions
{
    /// <summary><c>Login</c>: how shoppers log in; outside Development none, and then there is no way to open a session.</summary>
    public Login Login { get; init; }

    /// <summary><c>SessionHours</c>: life of a session token, 1-8760, default 24.</summary>
    public int SessionHours { get; init; } = 24;

    /// <summary><c>ShopperRate:PermitsPerSecond</c>: calls per shopper and second in the long run, 0.01-1,000,000, default 10.</summary>
    public double ShopperPermitsPerSecond { get; init; } = 10;

    /// <summary><c>ShopperRate:Burst</c>: calls that a rested shopper may make at once, 1-1,000,000, default 20.</summary>
    public int ShopperBurst { get; init; } = 20;

    /// <summary>
    /// <c>SessionRate:PermitsPerSecond</c>: log-ins per client address and second in the long run, 0.01-1,000,000. Default 50, since many phones share
    /// one address; in Development, where anybody logs in as anybody and a test crowd has one address, 1,000,000.
    /// </summary>
    public double SessionPermitsPerSecond { get; init; } = 50;

    /// <summary><c>SessionRate:Burst</c>: log-ins at once of an address that was quiet, 1-1,000,000, default 500; in Development 1,000,000.</summary>
    public int SessionBurst { get; init; } = 500;

    /// <summary><c>DataDirectory</c>: where Development keeps the keys it makes, default <c>./data</c>.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>
    /// <c>DrainSeconds</c>: how long everything is still served after SIGTERM while <c>/health/ready</c> says 503, 0-20 s. Default 5: a balancer that asks
    /// every 2 s and believes the second answer has gone by then, and 20 s of the 25 that a stop may take are left for running requests. In
    /// Development 1: Ctrl+C should be quick.
    /// </summary>
    public int DrainSeconds { get; init; } = 5;

    /// <summary>
    /// <c>Telemetry:TraceRatio</c>: share of requests that are traced where somebody listens, 0-1, default 0.001. One that comes with a sampled
    /// <c>traceparent</c> is traced in any case.
    /// </summary>
    public double TraceRatio { get; init; } = 0.001;

    /// <summary>Bounds of the HTTP server.</summary>
    public HttpOptions Http { get; init; } = new();

    /// <summary>How long a purchase may take when too many come.</summary>
    public LoadOptions Load { get; init; } = new();

    /// <summary>Bounds of the queues in front of the stock.</summary>
    public StockClientOptions Stock { get; init; } = new();

    /// <summary>Bounds of the boards kept.</summary>
    public BoardOptions Boards { get; init; } = new();

    /// <summary>Bounds of the event streams.</summary>
    public EventOptions Events { get; init; } = new();

    /// <summary>Whose word on the client's address counts.</summary>
    public ProxyOptions Proxies { get; init; } = new();

    /// <summary>Which pages of other origins may call.</summary>
    public CorsOptions Cors { get; init; } = new();

    /// <summary>Reads and checks all options but the keys, which <see cref="Sessions.GatewayKeys"/> reads.</summary>
    /// <exception cref="GatewayConfigurationException">A setting is wrong.</exception>
    public static GatewayOptions Read(IConfiguration configuration, IHostEnvironment environment)
    {
        var section = configuration.GetSection("FlashSale");
        return new GatewayOptions
        {
            Login = ReadLogin(section["Login"], environment.IsDevelopment()),
            SessionHours = Whole(section, "SessionHours", 24, 1, 8760),
            ShopperPermitsPerSecond = Number(section, "ShopperRate:PermitsPerSecond", 10, 0.01, 1_000_000),
            ShopperBurst = Whole(section, "ShopperRate:Burst", 20, 1, 1_000_000),
            SessionPermitsPerSecond = Number(section, "SessionRate:PermitsPerSecond", environment.IsDevelopment() ? 1_000_000 : 50, 0.01, 1_000_000),
            SessionBurst = Whole(section, "SessionRate:Burst", environment.IsDevelopment() ? 1_000_000 : 500, 1, 1_000_000),
            DataDirectory = section["DataDirectory"] is { Length: > 0 } directory ? directory : "./data",
            DrainSeconds = Whole(section, "DrainSeconds", environment.IsDevelopment() ? 1 : 5, 0, 20),
            TraceRatio = Number(section, "Telemetry:TraceRatio", 0.001, 0, 1),
            Http = new HttpOptions
            {
                MaxConnections = Whole(section, "Http:MaxConnections", 50_000, 1, 10_000_000),
                MaxRequests = Whole(section, "Http:MaxRequests", 20_000, 1, 10_000_000),
                MaxRequestLineBytes = Whole(section, "Http:MaxRequestLineBytes", 8192, 512, 65_536),
                MaxHeaderBytes = Whole(section, "Http:MaxHeaderBytes", 16_384, 1024, 1_048_576),
                MaxHeaders = Whole(section, "Http:MaxHeaders", 64, 16, 1000),
                HeaderTimeoutSeconds = Whole(section, "Http:HeaderTimeoutSeconds", 15, 1, 600),
                KeepAliveSeconds = Whole(section, "Http:KeepAliveSeconds", 130, 1, 86_400),
                BodyTimeoutSeconds = Whole(section, "Http:BodyTimeoutSeconds", 30, 1, 600),
                MinBodyBytesPerSecond = Whole(section, "Http:MinBodyBytesPerSecond", 240, 1, 1_048_576),
                RequestTimeoutSeconds = Whole(section, "Http:RequestTimeoutSeconds", 45, 1, 600),
            },
            Load = new LoadOptions
            {
                TargetSeconds = Number(section, "Load:TargetSeconds", 0.5, 0.05, 600),
                LeastPurchases = Whole(section, "Load:LeastPurchases", 512, 1, 10_000_000),
            },
            Stock = new StockClientOptions
            {
                MaxWaiting = Whole(section, "Stock:MaxWaiting", 10_000, 1, 10_000_000),
                MaxBatches = Whole(section, "Stock:MaxBatches", 4, 1, 64),
                MaxBatchSize = Whole(section, "Stock:MaxBatchSize", 512, 1, 512),
            },
            Boards = new BoardOptions
            {
                MaxBoards = Whole(section, "Boards:MaxBoards", 1000, 1, 1_000_000),
                IdleSeconds = Whole(section, "Boards:IdleSeconds", 60, 1, 86_400),
            },
            Events = new EventOptions
            {
                MaxClients = Whole(section, "Events:MaxClients", 20_000, 0, 1_000_000),
                WriteTimeoutSeconds = Whole(section, "Events:WriteTimeoutSeconds", 15, 1, 600),
                LifeSeconds = Whole(section, "Events:LifeSeconds", 3600, 15, 86_400),
            },
            Proxies = new ProxyOptions { Networks = [.. Texts(section, "Proxies").Select(ProxyOptions.Parse)], Hops = Whole(section, "ProxyHops", 1, 1, 16) },
            Cors = new CorsOptions { Origins = Origins(section, "Cors:Origins"), OperatorOrigins = Origins(section, "Cors:OperatorOrigins") },
        };
    }

    private static Login ReadLogin(string? text, bool development) => text switch
    {
        null or "" => development ? Login.Dev : Login.None,
        "Dev" when development => Login.Dev,
        "Dev" => throw new GatewayConfigurationException(
            "FlashSale__Login=Dev lets anybody log in as anybody and is refused outside Development: remove it, or start with ASPNETCORE_ENVIRONMENT=Development."),
        "WeChat" => throw new GatewayConfigurationException("FlashSale__Login=WeChat is not available in this version: remove it."),
        _ => throw new GatewayConfigurationException($"FlashSale__Login={text} is unknown: set it to Dev (Development only), or remove it."),
    };

    internal static int Whole(IConfigurationSection section, string key, int standard, int least, int most) =>
        section[key] is not { Length: > 0 } text ? standard
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
        : throw OutOfRange(key, text, $"a whole number from {least} to {most}");

    internal static double Number(IConfigurationSection section, string key, double standard, double least, double most) =>
        section[key] is not { Length: > 0 } text ? standard
        : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value
        : throw OutOfRange(key, text, $"a number from {least} to {most}");

    private static ImmutableArray<string> Origins(IConfigurationSection section, string key) =>
        [.. Texts(section, key).Select(text => CorsOptions.Check(key, text))];

    // A list is one value with commas, or numbered values, as suits the source of the configuration.
    private static IEnumerable<string> Texts(IConfigurationSection section, string key) => section.GetSection(key).GetChildren()
        .Select(child => child.Value)
        .Prepend(section[key])
        .SelectMany(text => (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    private static GatewayConfigurationException OutOfRange(string key, string text, string range) =>
        new($"FlashSale__{key.Replace(":", "__", StringComparison.Ordinal)}={text} is not valid: set it to {range}, or remove it.");
}

/// <summary>How shoppers log in.</summary>
internal enum Login
{
    /// <summary>Not at all: tokens come from another gateway that shares the token key.</summary>
    None,

    /// <summary>The code <c>dev:name</c> logs in as that name.</summary>
    Dev,
}

/// <summary>Bounds of the HTTP server, section <c>FlashSale:Http</c>.</summary>
internal sealed record HttpOptions
{
    /// <summary><c>MaxConnections</c>: open connections, 1-10,000,000, default 50,000; the next one is closed at once.</summary>
    public int MaxConnections { get; init; } = 50_000;

    /// <summary><c>MaxRequests</c>: shoppers' calls in progress, 1-10,000,000, default 20,000; the next one is answered <c>overloaded</c>.</summary>
    public int MaxRequests { get; init; } = 20_000;

    /// <summary><c>MaxRequestLineBytes</c>: method, path and query, 512-65,536 bytes, default 8192.</summary>
    public int MaxRequestLineBytes { get; init; } = 8192;

    /// <summary><c>MaxHeaderBytes</c>: all request headers together, 1024-1,048,576 bytes, default 16,384.</summary>
    public int MaxHeaderBytes { get; init; } = 16_384;

    /// <summary><c>MaxHeaders</c>: lines of request headers, 16-1000, default 64.</summary>
    public int MaxHeaders { get; init; } = 64;

    /// <summary><c>HeaderTimeoutSeconds</c>: time to send the headers, 1-600 s, default 15.</summary>
    public int HeaderTimeoutSeconds { get; init; } = 15;

    /// <summary><c>KeepAliveSeconds</c>: life of an idle connection, 1-86,400 s, default 130.</summary>
    public int KeepAliveSeconds { get; init; } = 130;

    /// <summary><c>BodyTimeoutSeconds</c>: time to send the whole body, 1-600 s, default 30.</summary>
    public int BodyTimeoutSeconds { get; init; } = 30;

    /// <summary><c>MinBodyBytesPerSecond</c>: a body that comes more slowly over 5 s is cut, 1-1,048,576 bytes/s, default 240.</summary>
    public int MinBodyBytesPerSecond { get; init; } = 240;

    /// <summary>
    /// <c>RequestTimeoutSeconds</c>: time to decide a request once it has arrived, 1-600 s, default 45; then it is answered <c>unavailable</c>, goes on, and
    /// is counted until it has ended. The audit alone takes as long as it takes.
    /// </summary>
    public int RequestTimeoutSeconds { get; init; } = 45;
}

/// <summary>How many purchases are let in when more come than can be decided, section <c>FlashSale:Load</c>.</summary>
internal sealed record LoadOptions
{
    /// <summary>
    /// <c>TargetSeconds</c>: where the next purchase would take longer, it is answered <c>overloaded</c> at once, 0.05-600 s, default 0.5.
    /// </summary>
    public double TargetSeconds { get; init; } = 0.5;

    /// <summary><c>LeastPurchases</c>: as many may be in progress however long they take, 1-10,000,000, default 512.</summary>
    public int LeastPurchases { get; init; } = 512;
}

/// <summary>Bounds of the queue in front of each SKU, section <c>FlashSale:Stock</c>.</summary>
internal sealed record StockClientOptions
{
    /// <summary><c>MaxWaiting</c>: requests that wait for a batch, 1-10,000,000 per SKU, default 10,000; the next one is answered <c>overloaded</c>.</summary>
    public int MaxWaiting { get; init; } = 10_000;

    /// <summary><c>MaxBatches</c>: batches in flight, 1-64 per SKU, default 4.</summary>
    public int MaxBatches { get; init; } = 4;

    /// <summary><c>MaxBatchSize</c>: requests per batch, 1-512, default 512.</summary>
    public int MaxBatchSize { get; init; } = 512;
}

/// <summary>Bounds of the boards kept, section <c>FlashSale:Boards</c>.</summary>
internal sealed record BoardOptions
{
    /// <summary><c>MaxBoards</c>: campaigns followed by a long poll, 1-1,000,000, default 1,000; others are looked up at each request.</summary>
    public int MaxBoards { get; init; } = 1000;

    /// <summary><c>IdleSeconds</c>: a board that nobody looked at for so long is dropped, 1-86,400 s, default 60.</summary>
    public int IdleSeconds { get; init; } = 60;
}

/// <summary>Bounds of the event streams, section <c>FlashSale:Events</c>.</summary>
internal sealed record EventOptions
{
    /// <summary><c>MaxClients</c>: open streams, 0-1,000,000, default 20,000; the next one is answered <c>overloaded</c>.</summary>
    public int MaxClients { get; init; } = 20_000;

    /// <summary><c>WriteTimeoutSeconds</c>: a client that takes nothing for so long is cut within 15 s more, 1-600 s, default 15.</summary>
    public int WriteTimeoutSeconds { get; init; } = 15;

    /// <summary>
    /// <c>LifeSeconds</c>: a stream ends after so long, up to a quarter more, and the client comes back by itself, 15-86,400 s, default 3,600. So clients
    /// that have silently gone are forgotten, and a new gateway gets its share.
    /// </summary>
    public int LifeSeconds { get; init; } = 3600;
}

/// <summary>Whose <c>X-Forwarded-For</c> is believed.</summary>
internal sealed record ProxyOptions
{
    /// <summary><c>FlashSale:Proxies</c>: addresses and networks (<c>10.0.0.0/8</c>) of proxies in front, default none; the header is ignored from all others.</summary>
    public ImmutableArray<IPNetwork> Networks { get; init; } = [];

    /// <summary><c>FlashSale:ProxyHops</c>: proxies of that list in a row at most, 1-16, default 1.</summary>
    public int Hops { get; init; } = 1;

    /// <summary>Compares the networks too.</summary>
    public bool Equals(ProxyOptions? other) => other is not null && Hops == other.Hops && Networks.SequenceEqual(other.Networks);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hops, Networks.Length);

    /// <summary>An address is the network of itself alone.</summary>
    public static IPNetwork Parse(string text) =>
        IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : IPNetwork.TryParse(text, out var network) ? network
        : throw new GatewayConfigurationException(
            $"FlashSale__Proxies: {text} is neither an address nor a network such as 10.0.0.0/8: correct or remove it.");
}

/// <summary>Which pages of other origins may call, section <c>FlashSale:Cors</c>. No credentials are involved but those that the page itself sends.</summary>
internal sealed record CorsOptions
{
    /// <summary><c>Origins</c>: may make all calls but operators', <c>https://shop.example</c> or <c>*</c> for any, default none.</summary>
    public ImmutableArray<string> Origins { get; init; } = [];

    /// <summary><c>OperatorOrigins</c>: may make operators' calls, default none. A list of its own, so that a shop's page never gets there.</summary>
    public ImmutableArray<string> OperatorOrigins { get; init; } = [];

    /// <summary>Compares the origins too.</summary>
    public bool Equals(CorsOptions? other) =>
        other is not null && Origins.SequenceEqual(other.Origins) && OperatorOrigins.SequenceEqual(other.OperatorOrigins);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Origins.Length, OperatorOrigins.Length);

    /// <summary>The origin as browsers write it.</summary>
    public static string Check(string key, string text) =>
        text == "*" || (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority) == text)
            ? text
            : throw new GatewayConfigurationException(
                $"FlashSale__{key.Replace(":", "__", StringComparison.Ordinal)}: {text} is not an origin: write it as browsers do, https://shop.example in lower case without a path, or * for any.");
}
