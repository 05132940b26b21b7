using System.CommandLine;

namespace FlashSale.Drop;

/// <summary>The command line: options, their help texts, and how they become <see cref="DropOptions"/>.</summary>
internal sealed class DropCommand
{
    static readonly DropOptions Defaults = new();

    readonly Option<int> _stock = Number("--stock", "Units on the shelf.", Defaults.Stock);
    readonly Option<int> _shoppers = Number("--shoppers", "Shoppers in the crowd.", Defaults.Shoppers);
    readonly Option<int> _connections = Number("--connections", "Connections that carry the crowd; double taps open a second one each.", Defaults.Connections);
    readonly Option<string?> _url = Text("--url", "A running server, as http://host:port. Without it the driver starts its own and stops it at the end.");
    readonly Option<string?> _adminKey = Text("--admin-key", "The operators' key of the server at --url.");
    readonly Option<string?> _adminKeyFile = Text("--admin-key-file", "A file that holds the operators' key.");
    readonly Option<string?> _tokens = Text("--tokens", "Only set up: log the shoppers in, open a campaign, write one token a line to this file, print the ids. For wrk and the like.");
    readonly Option<string?> _server = Text("--server", "The command that starts an own server. Default: dotnet with the Release build of src/Silo.");
    readonly Option<int> _doubleTap = Number("--double-tap", "Percent of shoppers who send each request twice at the same time.", Defaults.DoubleTapPercent);
    readonly Option<int> _desert = Number("--desert", "Percent of shoppers whose connection is cut after their request was sent; they retry with the same key.", Defaults.DesertPercent);
    readonly Option<int> _abandon = Number("--abandon", "Percent of shoppers who give back what they got.", Defaults.AbandonPercent);
    readonly Option<int> _greedy = Number("--greedy", "Percent of shoppers who go on buying until they hear limit_reached.", Defaults.GreedyPercent);
    readonly Option<int> _holdSeconds = Number("--hold-seconds", "How long a hold lives; must outlast the run.", Defaults.HoldSeconds);
    readonly Option<int> _limit = Number("--limit", "Units that one shopper may hold.", Defaults.Limit);
    readonly Option<int> _seed = Number("--seed", "Draws who does what.", Defaults.Seed);
    readonly Option<int> _keepGoing = Number("--keep-going-seconds", "The crowd gives up after this long, which is a difference.", Defaults.KeepGoingSeconds);

    readonly Option<string[]> _allow = new("--allow")
    {
        Description = "Answers to count without calling them differences: " + string.Join(", ", DropOptions.Tolerable.Order()) + ". May be repeated.",
        DefaultValueFactory = _ => [],
        AllowMultipleArgumentsPerToken = true,
    };

    public RootCommand Build()
    {
        var root = new RootCommand("Runs a flash sale over HTTP with a crowd of shoppers and checks every answer against the ledger.");
        Option[] options =
        [
            _stock, _shoppers, _connections, _url, _adminKey, _adminKeyFile, _tokens, _server, _doubleTap, _desert, _abandon, _greedy,
            _holdSeconds, _limit, _seed, _keepGoing, _allow,
        ];
        foreach (var option in options)
            root.Options.Add(option);
        return root;
    }

    public DropOptions Read(ParseResult parsed) => new()
    {
        Stock = parsed.GetValue(_stock),
        Shoppers = parsed.GetValue(_shoppers),
        Connections = parsed.GetValue(_connections),
        Url = parsed.GetValue(_url),
        AdminKey = parsed.GetValue(_adminKey),
        AdminKeyFile = parsed.GetValue(_adminKeyFile),
        TokensFile = parsed.GetValue(_tokens),
        ServerCommand = parsed.GetValue(_server),
        DoubleTapPercent = parsed.GetValue(_doubleTap),
        DesertPercent = parsed.GetValue(_desert),
        AbandonPercent = parsed.GetValue(_abandon),
        GreedyPercent = parsed.GetValue(_greedy),
        HoldSeconds = parsed.GetValue(_holdSeconds),
        Limit = parsed.GetValue(_limit),
        Seed = parsed.GetValue(_seed),
        KeepGoingSeconds = parsed.GetValue(_keepGoing),
        Allowed = parsed.GetValue(_allow) ?? [],
    };

    static Option<int> Number(string name, string description, int standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    static Option<string?> Text(string name, string description) => new(name) { Description = description };
}
