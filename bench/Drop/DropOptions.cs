using System.Collections.Frozen;
using FlashSale.Drop.Arrivals;

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
    public const string BrokenConnection = "connection_broken", Unavailable = "unavailable";

    public const string KillPostgres = "postgres", KillServer = "server";

    /// <summary>Answers that a run may be told to count without calling them differences: none of them breaks a promise.</summary>
    public static readonly FrozenSet<string> Tolerable = new[] { "overloaded", "rate_limited", Unavailable, BrokenConnection }.ToFrozenSet();

    public int Stock { get; init; } = 1000;
    public int Shoppers { get; init; } = 10_000;
    public LoopOptions Loop { get; init; } = new();
    public int? Connections { get; init; }
    public IReadOnlyList<string> Urls { get; init; } = [];
    public string? AdminKey { get; init; }
    public string? AdminKeyFile { get; init; }
    public string? TokensFile { get; init; }
    public string? ServerCommand { get; init; }
    public bool Postgres { get; init; }
    public int Processes { get; init; } = 1;
    public string? Kill { get; init; }
    public int Listeners { get; init; }
    public int Slow { get; init; }
    public int DoubleTapPercent { get; init; } = 5;
    public int DesertPercent { get; init; } = 2;
    public int AbandonPercent { get; init; } = 5;
    public int GreedyPercent { get; init; } = 2;
    public int HoldSeconds { get; init; } = 3600;
    public int Limit { get; init; } = 1;
    public int Seed { get; init; } = 1;
    public int KeepGoingSeconds { get; init; } = 180;
    public IReadOnlyList<string> Allowed { get; init; } = [];
    public string? JsonFile { get; init; }
    public string? ReportFile { get; init; }
    public Tempo Tempo { get; init; } = Tempo.Default;

    public bool HasOwnServer => Urls.Count == 0;

    public int ServerCount => HasOwnServer ? Processes : Urls.Count;

    /// <summary>
    /// A closed loop's connections are its only brake; an open loop opens more as it needs them, up to this bound. Several processes serve in turns,
    /// whenever one has the ledger, and then those who are waiting: the more the better.
    /// </summary>
    public int ConnectionsMost => Connections ?? (Loop.Closed ? 64 : ServerCount > 1 ? 4096 : 512);

    /// <summary>Counted and retried, and no difference: allowed by the caller, or what this run brings about itself.</summary>
    public bool Allows(string code) => Allowed.Contains(code, StringComparer.Ordinal) || Provokes(code);

    /// <summary>Two processes take the stock's ledger from each other, and whoever is asked meanwhile does not know.</summary>
    bool Provokes(string code) =>
        (Kill is not null && code is Unavailable or BrokenConnection) || (ServerCount > 1 && code == Unavailable);

    /// <summary>Every reason why these options make no run; empty when they do.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (var (name, value, min, max) in Ranges())
            if (value < min || value > max)
                yield return $"{name} must be {min}-{max}, not {value}.";
        foreach (var code in Allowed.Where(code => !Tolerable.Contains(code)))
            yield return $"--allow takes {string.Join(", ", Tolerable.Order())}, not '{code}'.";
        var loop = Loop.Problems(Shoppers).ToList();
        foreach (var problem in loop.Concat(HasOwnServer ? OwnServerProblems() : UrlProblems()).Concat(FileProblems()))
            yield return problem;
        if (Kill == KillServer && Listeners > 0)
            yield return "--listeners and --kill server exclude each other: no event stream outlives its server.";
        var arrivals = loop.Count == 0 ? Loop.CurveFor(Shoppers)?.Length.TotalSeconds ?? 0 : 0;
        if (HoldSeconds < arrivals + KeepGoingSeconds + 60)
            yield return $"--hold-seconds ({HoldSeconds}) must be at least 60 more than the arrivals ({arrivals:0} s) and --keep-going-seconds ({KeepGoingSeconds}): holds must outlast the run.";
    }

    (string Name, int Value, int Min, int Max)[] Ranges() =>
    [
        ("--stock", Stock, 1, 1_000_000),
        ("--shoppers", Shoppers, 1, 1_000_000),
        ("--connections", ConnectionsMost, 1, 4096),
        ("--processes", Processes, 1, 8),
        ("--listeners", Listeners, 0, 20_000),
        ("--slow", Slow, 0, 1000),
        ("--double-tap", DoubleTapPercent, 0, 100),
        ("--desert", DesertPercent, 0, 100),
        ("--abandon", AbandonPercent, 0, 100),
        ("--greedy", GreedyPercent, 0, 100),
        ("--hold-seconds", HoldSeconds, 1, 86_400),
        ("--limit", Limit, 1, 99),
        ("--keep-going-seconds", KeepGoingSeconds, 1, 7200),
    ];

    IEnumerable<string> OwnServerProblems()
    {
        if (AdminKey is not null || AdminKeyFile is not null)
            yield return "--admin-key is for --url; an own server gets a key made for it.";
        if (TokensFile is not null)
            yield return "--tokens needs --url: an own server ends with the driver, and the tokens with it.";
        if (Processes > 1 && !Postgres)
            yield return "--processes needs --postgres: a directory with SQLite files belongs to one process.";
        if (Kill is not (null or KillPostgres or KillServer))
            yield return $"--kill takes {KillPostgres} or {KillServer}, not '{Kill}'.";
        if (Kill == KillPostgres && !Postgres)
            yield return "--kill postgres needs --postgres.";
    }

    IEnumerable<string> UrlProblems()
    {
        if (ServerCommand is not null || Postgres || Processes > 1 || Kill is not null)
            yield return "--server, --postgres, --processes and --kill are for own servers: they and --url exclude each other.";
        foreach (var url in Urls)
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.PathAndQuery != "/")
                yield return $"--url must look like http://host:port (no https, no path), not '{url}'.";
        if (AdminKey is null && AdminKeyFile is null)
            yield return "--url needs --admin-key or --admin-key-file: the driver sets up a SKU and a campaign, and reads the ledger.";
        if (AdminKey is not null && AdminKeyFile is not null)
            yield return "--admin-key and --admin-key-file exclude each other.";
        if (AdminKeyFile is not null && !File.Exists(AdminKeyFile))
            yield return $"--admin-key-file {AdminKeyFile}: no such file.";
    }

    IEnumerable<string> FileProblems()
    {
        if (TokensFile is not null && (JsonFile is not null || ReportFile is not null))
            yield return "--tokens only sets a drop up: there is nothing for --json and --report to tell.";
        // Before the run, not after it.
        foreach (var (name, file) in new[] { ("--json", JsonFile), ("--report", ReportFile) })
            if (file is not (null or "-") && !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))))
                yield return $"{name} {file}: no such directory.";
    }
}
