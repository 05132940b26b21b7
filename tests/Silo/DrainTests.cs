using System.Net;
using FlashSale.Testing;

namespace FlashSale.Silo.Tests;

/// <summary>What happens between SIGTERM and the end, seen from outside of a real process.</summary>
public sealed class DrainTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task After_SIGTERM_new_connections_are_served_while_ready_says_503_and_streams_end_at_once()
    {
        using var silo = await SiloProcess.Start(_directory.Path, "--FlashSale:DrainSeconds", "8");
        using var api = new Api(silo.Url);
        await api.MakeSku("shoe", 1);
        await Api.Expect(api.PutCampaign("drop", skus: ("shoe", 1)));
        var mei = await api.Login("mei");
        using var http = new HttpClient { BaseAddress = new Uri(silo.Url) };
        using var stream = new StreamReader(await http.GetStreamAsync(new Uri("/v1/campaigns/drop/events", UriKind.Relative)));
        while (await stream.ReadLineAsync() is not "")
        {
        }

        await silo.Signal();
        await stream.ReadToEndAsync();

        using var newcomer = new Api(silo.Url);
        var ready = await newcomer.Send(HttpMethod.Get, "/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Equal((false, true), ((bool)ready.Json!["ready"]!, (bool)ready.Json["draining"]!));
        Assert.Equal(HttpStatusCode.OK, (await newcomer.Send(HttpMethod.Get, "/health/live")).Status);
        await Api.Expect(newcomer.Hold(mei, "drop", "shoe", "tap"), HttpStatusCode.Created);
        using var answer = await http.GetAsync(new Uri("/v1/campaigns/drop", UriKind.Relative));
        Assert.True(answer.Headers.ConnectionClose);

        Assert.Equal(0, await silo.Exit());
        Assert.False(File.Exists(Path.Combine(_directory.Path, "flashsale.db-wal")), "the store was not closed in good order");
    }
}

/// <summary>What a process leaves to the others on its database.</summary>
[Collection(PostgresTests.Name)]
public sealed class HandoverTests(PostgresCluster cluster)
{
    [Fact]
    public async Task A_process_that_stops_gives_the_keepers_duty_back()
    {
        const string HasKeeper = "SELECT EXISTS (SELECT FROM lease WHERE name = 'keeper' AND expires_at > clock_timestamp())";
        using var directory = new TemporaryDirectory();
        var schema = await cluster.NewSchema();
        using var silo = await SiloProcess.Start(directory.Path, "--ConnectionStrings:FlashSale", schema);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (await PostgresCluster.Run(schema, HasKeeper) is not true) await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        Assert.Equal(0, await silo.Terminate());
        Assert.False(await PostgresCluster.Run(schema, HasKeeper) is true);
    }
}
