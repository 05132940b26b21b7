using FlashSale.Drop.Hosting;

namespace FlashSale.Drop.Tests;

/// <summary>Own servers on PostgreSQL, with a script that only writes down what it was asked for.</summary>
public sealed class OwnServersTests : IDisposable
{
    readonly string _directory = Directory.CreateTempSubdirectory("flashsale-drop-tests-").FullName;
    readonly StringWriter _errors = new();

    string Calls => Path.Combine(_directory, "calls");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Two_servers_share_one_database_and_the_keys()
    {
        await using (var servers = await StartAsync(processes: 2))
        {
            Assert.Equal(2, servers.Urls.Distinct().Count());
            Assert.Empty(await servers.StopAsync());
            servers.RemoveScratch();
        }

        var environments = Directory.GetFiles(_directory, "env-*").Select(File.ReadAllLines).ToList();
        Assert.Equal(2, environments.Count);
        foreach (var name in new[] { "FlashSale__AdminKey", "FlashSale__TokenKey", "ConnectionStrings__FlashSale" })
            Assert.Single(environments.SelectMany(lines => lines.Where(line => line.StartsWith(name + "=", StringComparison.Ordinal))).Distinct());
        Assert.Contains("ConnectionStrings__FlashSale=Host=fake", environments[0]);
        Assert.NotEqual(environments[0].Single(line => line.StartsWith("FlashSale__DataDirectory=", StringComparison.Ordinal)), environments[1].Single(line => line.StartsWith("FlashSale__DataDirectory=", StringComparison.Ordinal)));
        Assert.Equal(["start --until", "stop"], ScriptCalls());
        Assert.Equal("", _errors.ToString());
    }

    [Fact]
    public async Task A_killed_server_comes_back_at_the_same_address_and_is_no_death()
    {
        await using var servers = await StartAsync(processes: 1);
        var url = servers.Urls[0];
        var bound = servers.Bind(CancellationToken.None);
        await servers.FaultOf(DropOptions.KillServer)!.StrikeAsync(CancellationToken.None);
        using var http = new HttpClient();
        Assert.True((await http.GetAsync(new Uri(url, "/health/ready"))).IsSuccessStatusCode);
        Assert.Equal(2, Directory.GetFiles(_directory, "env-*").Length);
        Assert.Null(servers.Death);
        Assert.False(bound.IsCancellationRequested);
        Assert.Empty(await servers.StopAsync());
        servers.RemoveScratch();
    }

    [Fact]
    public async Task To_kill_PostgreSQL_is_to_restart_it()
    {
        await using var servers = await StartAsync(processes: 1);
        await servers.FaultOf(DropOptions.KillPostgres)!.StrikeAsync(CancellationToken.None);
        Assert.Equal(["start --until", "restart"], ScriptCalls());
        await servers.StopAsync();
        servers.RemoveScratch();
    }

    [Fact]
    public async Task What_was_written_is_kept_where_nobody_removes_it()
    {
        await using (await StartAsync(processes: 1))
        {
            // As after a drop with differences: nothing is removed.
        }

        Assert.Equal(["start --until", "stop"], ScriptCalls());
        var line = _errors.ToString().Split(Environment.NewLine).Single(line => line.Contains("PostgreSQL's data", StringComparison.Ordinal));
        Assert.EndsWith("-kept", line, StringComparison.Ordinal);
        OwnServerTests.RemoveKept(_errors.ToString());
    }

    [Fact]
    public async Task A_script_that_fails_is_quoted()
    {
        var options = new DropOptions { ServerCommand = "true" };
        var script = Script("echo 'install PostgreSQL first' >&2; exit 2");
        var e = await Assert.ThrowsAsync<DropException>(() => OwnServers.StartAsync(options, script, _errors, TimeProvider.System, CancellationToken.None));
        Assert.Contains("start failed: install PostgreSQL first", e.Message, StringComparison.Ordinal);
    }

    Task<OwnServers> StartAsync(int processes)
    {
        var script = Script($"echo \"$1 ${{3:-}}\" >> '{Calls}'; [ \"$1\" != start ] || echo Host=fake");
        var command = $"sh -c 'env > \"{_directory}/env-$$\"; exec {OwnServerTests.FakeServerCommand()}'";
        return OwnServers.StartAsync(new DropOptions { Processes = processes, ServerCommand = command }, script, _errors, TimeProvider.System, CancellationToken.None);
    }

    string Script(string body)
    {
        var file = Path.Combine(_directory, "postgres");
        File.WriteAllText(file, "#!/bin/sh\n" + body + "\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    IEnumerable<string> ScriptCalls() => File.ReadAllLines(Calls).Select(line => line.TrimEnd());
}
