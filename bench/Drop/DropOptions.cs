using System.Collections.Frozen;

namespace FlashSale.Drop;

/// <summary>How the crowd is paced where the contract leaves the pace to the client.</summary>
/// <param name="PonderMax">An abandoner releases its hold after up to this long, so that most releases come after the shelf was empty.</param>
/// <param name="Look">How often the shelf is looked at through the operator API.</param>
/// <param name="Patience">Units seen on the shelf for this long bring shoppers back even while the board still says sold out.</param>
/// <param name="RequestLimit">A request without its whole answer after this long counts as a broken connection.</param>
internal sealed record Tempo(TimeSpan PonderMax, TimeSpan Look, TimeSpan Patience, TimeSpan RequestLimit)
{
    public static readonly Tempo Default = new(
        TimeSpan.FromMilliseconds(1500), TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(1500), TimeSpan.FromSeconds(30));
}

/// <summary>What the command line asked for. Ranges are those of the contract, or what one machine can carry.</summary>
internal sealed record DropOptions
{
    public const string BrokenConnection = "connection_broken";

    /// <summary>Answers that a run may be told to count without calling them differences: none of them breaks a promise.</summary>
    public static readonly FrozenSet<string> Tolerable = new[] { "overloaded", "rate_limited", "unavailable", BrokenConnection }.ToFrozenSet();

    public int Stock { get; init; } = 1000;
    public int Shoppers { get; init; } = 10_000;
    public int Connections { get; init; } = 64;
    public string? Url { get; init; }
    public string? AdminKey { get; init; }
    public string? AdminKeyFile { get; init; }
    public string? TokensFile { get; init; }
    public string? ServerCommand { get; init; }
    public int DoubleTapPercent { get; init; } = 5;
    public int DesertPercent { get; init; } = 2;
    public int AbandonPercent { get; init; } = 5;
    public int GreedyPercent { get; init; } = 2;
    public int HoldSeconds { get; init; } = 3600;
    public int Limit { get; init; } = 1;
    public int Seed { get; init; } = 1;
    public int KeepGoingSeconds { get; init; } = 180;
    public IReadOnlyList<string> Allowed { get; init; } = [];
    public Tempo Tempo { get; init; } = Tempo.Default;

    public bool Allows(string code) => Allowed.Contains(code, StringComparer.Ordinal);

    /// <summary>Every reason why these options make no run; empty when they do.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var (name, value, min, max) in Ranges())
            if (value < min || value > max)
                yield return $"{name} must be {min}-{max}, not {value}.";
        foreach (var code in Allowed.Where(code => !Tolerable.Contains(code)))
            yield return $"--allow takes {string.Join(", ", Tolerable.Order())}, not '{code}'.";
        if (HoldSeconds < KeepGoingSeconds + 60)
            yield return $"--hold-seconds ({HoldSeconds}) must be at least 60 more than --keep-going-seconds ({KeepGoingSeconds}): holds must outlast the run.";
        foreach (var problem in ServerProblems())
            yield return problem;
    }

    (string Name, int Value, int Min, int Max)[] Ranges() =>
    [
        ("--stock", Stock, 1, 1_000_000),
        ("--shoppers", Shoppers, 1, 1_000_000),
        ("--connections", Connections, 1, 4096),
        ("--double-tap", DoubleTapPercent, 0, 100),
        ("--desert", DesertPercent, 0, 100),
        ("--abandon", AbandonPercent, 0, 100),
        ("--greedy", GreedyPercent, 0, 100),
        ("--hold-seconds", HoldSeconds, 1, 86_400),
        ("--limit", Limit, 1, 99),
        ("--keep-going-seconds", KeepGoingSeconds, 1, 7200),
    ];

    IEnumerable<string> ServerProblems()
    {
        if (AdminKey is not null && AdminKeyFile is not null)
            yield return "--admin-key and --admin-key-file exclude each other.";
        if (Url is null)
        {
            if (AdminKey is not null || AdminKeyFile is not null)
                yield return "--admin-key is for --url; an own server gets a key made for it.";
            if (TokensFile is not null)
                yield return "--tokens needs --url: an own server ends with the driver, and the tokens with it.";
            yield break;
        }

        if (ServerCommand is not null)
            yield return "--server and --url exclude each other.";
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/")
            yield return $"--url must look like http://host:port (no https, no path), not '{Url}'.";
        if (AdminKey is null && AdminKeyFile is null)
            yield return "--url needs --admin-key or --admin-key-file: the driver sets up a SKU and a campaign, and reads the ledger.";
        if (AdminKeyFile is not null && !File.Exists(AdminKeyFile))
            yield return $"--admin-key-file {AdminKeyFile}: no such file.";
    }
}
