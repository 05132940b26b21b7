using System.Security.Cryptography;

namespace FlashSale.Drop.Hosting;

/// <summary>The driver's own servers: one on SQLite, or any number on one PostgreSQL database. What they wrote is kept when something was wrong.</summary>
internal sealed class OwnServers : IAsyncDisposable
{
    readonly List<OwnServer> _servers = [];
    readonly TextWriter _errors;
    OwnPostgres? _postgres;
    CancellationTokenSource? _bound;
    bool _stopped, _removed;

    OwnServers(TextWriter errors) => _errors = errors;

    public IReadOnlyList<Uri> Urls => [.. _servers.Select(server => server.Url)];

    public string AdminKey { get; } = NewKey();

    /// <summary>Why a run failed, if it was because a server went away.</summary>
    public string? Death => _servers.Select(server => server.Death).FirstOrDefault(death => death is not null);

    public static async Task<OwnServers> StartAsync(DropOptions options, string? postgresScript, TextWriter errors, TimeProvider time, CancellationToken stop)
    {
        var own = new OwnServers(errors);
        try
        {
            if (postgresScript is not null)
                own._postgres = await OwnPostgres.StartAsync(postgresScript, stop);
            var setup = new ServerSetup(options.ServerCommand ?? Repository.ServerCommand(), own.AdminKey, NewKey(), own._postgres?.ConnectionString);
            for (var i = 0; i < options.Processes; i++)
                own._servers.Add(OwnServer.Start(setup, errors, time));
            await Task.WhenAll(own._servers.Select(server => server.WaitUntilReadyAsync(stop)));
            return own;
        }
        catch
        {
            await own.DisposeAsync();
            throw;
        }
    }

    /// <summary>What --kill names.</summary>
    public Fault? FaultOf(string? kill) => kill switch
    {
        DropOptions.KillPostgres => new Fault("PostgreSQL", _postgres!.CrashAsync),
        DropOptions.KillServer => new Fault(_servers.Count > 1 ? $"the first of {_servers.Count} servers" : "the server", _servers[0].CrashAsync),
        _ => null,
    };

    /// <summary>A token that also ends when a server does: there is nobody left to talk to.</summary>
    public CancellationToken Bind(CancellationToken stop)
    {
        _bound = CancellationTokenSource.CreateLinkedTokenSource([stop, .. _servers.Select(server => server.Ended)]);
        return _bound.Token;
    }

    /// <returns>What was wrong with the servers' ends.</returns>
    public async Task<IReadOnlyList<string>> StopAsync()
    {
        var complaints = await Task.WhenAll(_servers.Select(server => server.StopAsync()));
        if (_postgres is not null && !_stopped)
            await _postgres.StopAsync();
        _stopped = true;
        return [.. complaints.OfType<string>()];
    }

    public void RemoveScratch()
    {
        foreach (var server in _servers)
            server.RemoveScratch();
        _postgres?.Remove();
        _removed = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
            await StopAsync();
        foreach (var server in _servers)
            await server.DisposeAsync();
        if (_postgres is not null && !_removed)
            await _errors.WriteLineAsync($"drop: PostgreSQL's data, which 'eng/postgres start DIR' serves again, are kept in {_postgres.Keep()}");
        _bound?.Dispose();
    }

    static string NewKey() => RandomNumberGenerator.GetHexString(32, lowercase: true);
}
