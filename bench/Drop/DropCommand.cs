using System.CommandLine;
using FlashSale.Drop.Arrivals;

namespace FlashSale.Drop;

/// <summary>The command line: options, their help texts, and how they become <see cref="DropOptions"/>.</summary>
internal sealed class DropCommand
{
    static readonly DropOptions Defaults = new();

    readonly Option<int> _stock = Number("--stock", "Units on the shelf.", Defaults.Stock);
    readonly Option<int> _shoppers = Number("--shoppers", "Shoppers in the crowd.", Defaults.Shoppers);

    readonly Option<string?> _curve = Text("--curve", "When shoppers come, whatever the server does: 'spike' (default), a ramp to a peak at the opening and a decaying tail; or 'steady' (default with --rate).");
    readonly Option<int?> _rate = new("--rate") { Description = "Arrivals per second: of a steady curve always, of a spike at its peak. Default: about a fifth of the crowd, but 10000 at most." };
    readonly Option<double> _ramp = new("--ramp") { Description = "Seconds from the opening to the spike's peak.", DefaultValueFactory = _ => Defaults.Loop.RampSeconds };
    readonly Option<double?> _tail = new("--tail") { Description = "Seconds from the spike's peak until arrivals have come down to 1 % of it; gives the peak, and excludes --rate. Default: it follows from the peak." };
    readonly Option<bool> _closed = Flag("--closed", "No arrivals: all shoppers are there at the opening, and each connection sends when it was answered. Shows the highest rate, and hides stalls.");

    readonly Option<int?> _connections = new("--connections") { Description = "Shoppers who are served at the same time, each over a connection (double taps open a second one): at most, default 512, or 4096 with several servers; with --closed all the time, default 64." };
    readonly Option<string[]> _url = Several("--url", "A running server, as http://host:port. Given more than once, requests go to all in turn. Without it the driver starts its own and stops it at the end.");
    readonly Option<string?> _adminKey = Text("--admin-key", "The operators' key of the servers at --url.");
    readonly Option<string?> _adminKeyFile = Text("--admin-key-file", "A file that holds the operators' key.");
    readonly Option<string?> _tokens = Text("--tokens", "Only set up: log the shoppers in, open a campaign, write one token a line to this file, print the ids. For wrk and the like.");
    readonly Option<string?> _server = Text("--server", "The command that starts an own server. Default: dotnet with the Release build of src/Silo.");
    readonly Option<bool> _postgres = Flag("--postgres", "The own server's store is a throw-away PostgreSQL server; without it SQLite.");
    readonly Option<int> _processes = Number("--processes", "Own servers on the one PostgreSQL database; requests go to all in turn, a shopper's retries to another one.", Defaults.Processes);
    readonly Option<string?> _kill = Text("--kill", "'postgres' or 'server': killed and started again when half of the stock is sold.");
    readonly Option<int> _listeners = Number("--listeners", "Open event streams beside the crowd, each of which must hear that the last unit is gone.", Defaults.Listeners);
    readonly Option<int> _slow = Number("--slow", "Connections beside the crowd that send half a request, let a body drip, or read nothing.", Defaults.Slow);

    readonly Option<int> _doubleTap = Number("--double-tap", "Percent of shoppers who send each request twice at the same time.", Defaults.DoubleTapPercent);
    readonly Option<int> _desert = Number("--desert", "Percent of shoppers whose connection is cut after their request was sent; they retry with the same key.", Defaults.DesertPercent);
    readonly Option<int> _abandon = Number("--abandon", "Percent of shoppers who give back what they got.", Defaults.AbandonPercent);
    readonly Option<int> _greedy = Number("--greedy", "Percent of shoppers who go on buying until they hear limit_reached.", Defaults.GreedyPercent);
    readonly Option<int> _holdSeconds = Number("--hold-seconds", "How long a hold lives; must outlast the run.", Defaults.HoldSeconds);
    readonly Option<int> _limit = Number("--limit", "Units that one shopper may hold.", Defaults.Limit);
    readonly Option<int> _seed = Number("--seed", "Draws who does what, and when they come.", Defaults.Seed);
    readonly Option<int> _keepGoing = Number("--keep-going-seconds", "This long after the last arrival the crowd gives up, which is a difference.", Defaults.KeepGoingSeconds);
    readonly Option<string[]> _allow = Several("--allow", "Answers to count without calling them differences: " + string.Join(", ", DropOptions.Tolerable.Order()) + ". May be repeated.");

    readonly Option<string?> _json = Text("--json", "Write the whole result as JSON to this file; '-' is the standard output, and everything else goes to the error output.");
    readonly Option<string?> _report = Text("--report", "Write a report with pictures to this file, one HTML page.");

    public RootCommand Build()
    {
        var root = new RootCommand("Runs a flash sale over HTTP with a crowd of shoppers and checks every answer against the ledger.");
        Option[] options =
        [
            _stock, _shoppers, _curve, _rate, _ramp, _tail, _closed, _connections, _url, _adminKey, _adminKeyFile, _tokens, _server, _postgres, _processes, _kill, _listeners, _slow,
            _doubleTap, _desert, _abandon, _greedy, _holdSeconds, _limit, _seed, _keepGoing, _allow, _json, _report,
        ];
        foreach (var option in options)
            root.Options.Add(option);
        return root;
    }

    public DropOptions Read(ParseResult parsed) => new()
    {
        Stock = parsed.GetValue(_stock),
        Shoppers = parsed.GetValue(_shoppers),
        Loop = new LoopOptions
        {
            Closed = parsed.GetValue(_closed),
            Curve = parsed.GetValue(_curve),
            Rate = parsed.GetValue(_rate),
            RampSeconds = parsed.GetValue(_ramp),
            TailSeconds = parsed.GetValue(_tail),
        },
        Connections = parsed.GetValue(_connections),
        Urls = parsed.GetValue(_url) ?? [],
        AdminKey = parsed.GetValue(_adminKey),
        AdminKeyFile = parsed.GetValue(_adminKeyFile),
        TokensFile = parsed.GetValue(_tokens),
        ServerCommand = parsed.GetValue(_server),
        Postgres = parsed.GetValue(_postgres),
        Processes = parsed.GetValue(_processes),
        Kill = parsed.GetValue(_kill),
        Listeners = parsed.GetValue(_listeners),
        Slow = parsed.GetValue(_slow),
        DoubleTapPercent = parsed.GetValue(_doubleTap),
        DesertPercent = parsed.GetValue(_desert),
        AbandonPercent = parsed.GetValue(_abandon),
        GreedyPercent = parsed.GetValue(_greedy),
        HoldSeconds = parsed.GetValue(_holdSeconds),
        Limit = parsed.GetValue(_limit),
        Seed = parsed.GetValue(_seed),
        KeepGoingSeconds = parsed.GetValue(_keepGoing),
        Allowed = parsed.GetValue(_allow) ?? [],
        JsonFile = parsed.GetValue(_json),
        ReportFile = parsed.GetValue(_report),
    };

    static Option<int> Number(string name, string description, int standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    static Option<string?> Text(string name, string description) => new(name) { Description = description };

    static Option<string[]> Several(string name, string description) =>
        new(name) { Description = description, DefaultValueFactory = _ => [], AllowMultipleArgumentsPerToken = true };
}
