using System.CommandLine;

namespace FlashSale.Drop.Overload;

/// <summary>What <c>overload</c> was asked for, and the command line that asks it.</summary>
internal sealed record OverloadOptions
{
    public double Times { get; init; } = 10;

    public int Seconds { get; init; } = 60;

    public TimeSpan Length => TimeSpan.FromSeconds(Seconds);

    /// <summary>Each buys again and again, up to the contract's limit of 99 units, and none more often than the contract's 10 calls a second allow.</summary>
    public int Shoppers { get; init; } = 100_000;

    /// <summary>At once; whoever's turn it is while all are busy waits, which counts.</summary>
    public int Connections { get; init; } = 4096;

    public string? Url { get; init; }

    public string? AdminKey { get; init; }

    public bool Postgres { get; init; }

    public int? Process { get; init; }

    public IEnumerable<string> Problems()
    {
        (string Name, double Value, double Min, double Max)[] ranges =
        [
            ("--times", Times, 0.1, 1000), ("--seconds", Seconds, 1, 3600), ("--shoppers", Shoppers, 1, 1_000_000), ("--connections", Connections, 1, 4096),
        ];
        foreach (var (name, value, min, max) in ranges)
            if (value < min || value > max)
                yield return $"{name} must be {min}-{max}, not {value}.";
        if (Url is null != AdminKey is null)
            yield return "--url and --admin-key belong together.";
        if (Url is not null && (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/"))
            yield return $"--url must look like http://host:port (no https, no path), not '{Url}'.";
        if (Url is not null && Postgres)
            yield return "--postgres is for an own server: it and --url exclude each other.";
        if (Url is null && Process is not null)
            yield return "--process is for a server at --url; an own server's memory is known.";
    }

    public static Command Command(Func<OverloadOptions, CancellationToken, Task<int>> run)
    {
        var standard = new OverloadOptions();
        var times = new Option<double>("--times") { Description = "Purchases offered, as a multiple of what was just measured to be decided.", DefaultValueFactory = _ => standard.Times };
        var seconds = Number("--seconds", "How long.", standard.Seconds);
        var shoppers = Number("--shoppers", "Shoppers who take turns.", standard.Shoppers);
        var connections = Number("--connections", "Purchases on their way at the same time, at most.", standard.Connections);
        var url = new Option<string?>("--url") { Description = "A running server, as http://host:port. Without it the driver starts its own and stops it at the end." };
        var adminKey = new Option<string?>("--admin-key") { Description = "The operators' key of the server at --url." };
        var process = new Option<int?>("--process") { Description = "The process id of the server at --url, for its memory." };
        var postgres = new Option<bool>("--postgres") { Description = "The own server's store is a throw-away PostgreSQL server; without it SQLite." };
        var command = new Command("overload", "Measures what is decided in a second, offers a multiple of it for a while, and looks how those let in, those turned away and those after it fare.")
        {
            times, seconds, shoppers, connections, url, adminKey, process, postgres,
        };
        command.SetAction((parsed, stop) => run(
            new OverloadOptions
            {
                Times = parsed.GetValue(times),
                Seconds = parsed.GetValue(seconds),
                Shoppers = parsed.GetValue(shoppers),
                Connections = parsed.GetValue(connections),
                Url = parsed.GetValue(url),
                AdminKey = parsed.GetValue(adminKey),
                Process = parsed.GetValue(process),
                Postgres = parsed.GetValue(postgres),
            },
            stop));
        return command;
    }

    static Option<int> Number(string name, string description, int standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };
}
