using System.Collections.Concurrent;
using FlashSale.Grains.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FlashSale.Silo.Tests;

/// <summary>The whole product in this process, every part real, on a store of its own.</summary>
internal sealed class Shop : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly WebApplication _app;
    private SqliteConnection? _reader;

    private Shop(TemporaryDirectory directory, WebApplication app, BugLog bugs)
    {
        (_directory, _app, Bugs) = (directory, app, bugs);
        Api = new Api(app.Urls.First());
    }

    public Api Api { get; }

    public BugLog Bugs { get; }

    public Uri Url => new(_app.Urls.First());

    /// <summary>Holds all writes of a SQLite store back until disposed of.</summary>
    public IDisposable Stall()
    {
        var connection = Connect();
        using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        command.ExecuteNonQuery();
        return connection; // Closing it rolls back.
    }

    /// <summary>How many events a SQLite store has.</summary>
    public long Events()
    {
        using var command = (_reader ??= Connect()).CreateCommand();
        command.CommandText = "SELECT total(seq) FROM ledger_head";
        return (long)(double)command.ExecuteScalar()!;
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(_directory.Path, "flashsale.db"), Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    public T Service<T>()
        where T : class => _app.Services.GetRequiredService<T>();

    /// <param name="settings">As on the command line, <c>FlashSale:</c> left out: <c>Http:MaxRequests=1</c>.</param>
    public static Task<Shop> Start(params string[] settings) => Start([], settings);

    /// <param name="store">Settings that choose a store other than a new directory.</param>
    /// <param name="settings">As above.</param>
    public static async Task<Shop> Start(string[] store, string[] settings)
    {
        var directory = new TemporaryDirectory();
        var app = await SiloHost.Build(
        [
            .. store, .. Ports.OfSilo(),
            "--environment", "Development", "--urls", "http://127.0.0.1:0", "--FlashSale:DataDirectory", directory.Path,
            "--FlashSale:AdminKey", Api.AdminKey, "--FlashSale:DrainSeconds", "0", "--Logging:LogLevel:Default", "Warning",
            "--FlashSale:ShopperRate:PermitsPerSecond=100000", "--FlashSale:ShopperRate:Burst=100000",
            .. settings.Select(setting => "--FlashSale:" + setting),
        ]);
        var bugs = new BugLog();
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(bugs);
        await app.StartAsync();
        return new Shop(directory, app, bugs);
    }

    /// <summary>Seq of every ledger: equal to an earlier answer where nothing has changed since.</summary>
    public async Task<SortedDictionary<string, long>> Ledgers()
    {
        var journal = Service<IJournal>();
        var names = await journal.ListLedgers("", after: null, JournalArguments.PageMost);
        var contents = await journal.Read([.. names.Select(name => new LedgerRead(name, After: long.MaxValue, EventsMost: 1))]);
        return new SortedDictionary<string, long>(names.Zip(contents).ToDictionary(l => l.First, l => l.Second.Head.Seq), StringComparer.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        _reader?.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _directory.Dispose();
    }
}

/// <summary>A shop without special settings, for all tests of a class.</summary>
public sealed class SharedShop : IAsyncLifetime
{
    internal Shop Shop { get; private set; } = null!;

    public async Task InitializeAsync() => Shop = await Shop.Start();

    public async Task DisposeAsync() => await Shop.DisposeAsync();
}

/// <summary>Keeps what was logged as an error.</summary>
internal sealed class BugLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Errors { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Errors.Enqueue($"{formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
    }
}
