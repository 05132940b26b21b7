using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using FlashSale.Silo.Telemetry;
using FlashSale.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FlashSale.Silo.Tests.Telemetry;

/// <summary>docs/metrics.md names every instrument of the product with its unit, and none that does not exist.</summary>
public sealed partial class MetricsDocumentTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string[] _document = File.ReadAllLines(Find("docs/metrics.md"));
    private WebApplication _app = null!;

    public async Task InitializeAsync()
    {
        _app = await SiloHost.Build(
        [
            "--environment", "Development", "--urls", "http://127.0.0.1:0", "--FlashSale:DataDirectory", _directory.Path,
            "--FlashSale:AdminKey", Api.AdminKey, "--Logging:LogLevel:Default", "None",
        ]);
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public void Every_instrument_is_in_the_document_and_the_other_way_round()
    {
        using var measured = new Measured(_app.Services.GetRequiredService<IMeterFactory>());
        var instruments = measured.Instruments.Where(i => TelemetryExport.OwnMeters.Contains(i.Meter.Name)).ToArray();
        Assert.Equal(Sorted(instruments.Select(i => $"{i.Name} | {i.Unit}")), Sorted(Rows().Where(row => row.Name.StartsWith("flashsale.", StringComparison.Ordinal)).Select(row => $"{row.Name} | {row.Unit}")));
        Assert.Empty(measured.Instruments.Select(i => i.Meter.Name).Where(name => name.StartsWith("FlashSale", StringComparison.Ordinal)).Except(TelemetryExport.OwnMeters));
        Assert.All(instruments, i => Assert.EndsWith(".", i.Description, StringComparison.Ordinal));
    }

    [Fact]
    public void What_the_document_names_of_others_exists_in_the_meters_that_are_exported()
    {
        using var _ = new NpgsqlDataSourceBuilder("Host=nowhere").Build(); // Its meter comes with its first pool.
        var published = new ConcurrentQueue<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (TelemetryExport.OtherMeters.Contains(instrument.Meter.Name)) published.Enqueue($"{instrument.Name} | {instrument.Unit}");
            },
        };
        listener.Start();
        var others = Rows().Where(row => !row.Name.StartsWith("flashsale.", StringComparison.Ordinal)).Select(row => $"{row.Name} | {row.Unit}").ToArray();
        Assert.NotEmpty(others);
        Assert.Empty(others.Except(published));
    }

    [Fact]
    public void What_is_to_be_alerted_on_is_measured()
    {
        var rows = Rows().Select(row => row.Name).ToHashSet();
        var named = _document.SelectMany(line => Names().Matches(line)).Select(match => match.Value).ToArray();
        Assert.Empty(named.Except(rows));
    }

    private static string[] Sorted(IEnumerable<string> lines) => [.. lines.Order(StringComparer.Ordinal)];

    private static string Find(string path)
    {
        var root = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(root, path))) root = Path.GetDirectoryName(root) ?? throw new InvalidOperationException($"{path} was not found above the tests.");
        return Path.Combine(root, path);
    }

    private IEnumerable<(string Name, string Unit)> Rows() =>
        _document.Select(line => Row().Match(line)).Where(match => match.Success).Select(match => (match.Groups["name"].Value, match.Groups["unit"].Value));

    // | `name` | unit | ...
    [GeneratedRegex(@"^\| `(?<name>[a-z0-9._]+)` \| (?<unit>\S+) \|", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Row();

    [GeneratedRegex(@"flashsale\.[a-z_]+(\.[a-z_]+)+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();
}
