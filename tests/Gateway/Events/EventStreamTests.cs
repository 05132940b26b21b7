using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using FlashSale.Contracts;
using FlashSale.Gateway.Events;

namespace FlashSale.Gateway.Tests.Events;

/// <summary>Server-sent events over a real connection.</summary>
public sealed class EventStreamTests : IAsyncLifetime
{
    private const string Path = "/v1/campaigns/dunk-low/events";

    private GatewayHost _host = null!;

    private EventHub Hub => _host.Service<EventHub>();

    public async Task InitializeAsync() => _host = await GatewayHost.Start(("Events:MaxClients", "3"), ("Http:MaxRequests", "1"), ("Events:WriteTimeoutSeconds", "5"));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task The_board_comes_at_connect_as_a_GET_shows_it_without_a_token()
    {
        using var stream = await Listen();
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType?.ToString());
        Assert.True(stream.Response.Headers.CacheControl?.NoStore);
        Assert.Equal("no", stream.Response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.InRange(int.Parse((await stream.Line())!["retry: ".Length..]), 1000, 5000);
        Assert.Equal("event: board", await stream.Line());
        Assert.Equal("id: 7-open", await stream.Line());
        var shown = JsonDocument.Parse((await stream.Line())!["data: ".Length..]).RootElement;
        Assert.Equal("", await stream.Line());
        var got = (await _host.Send(HttpMethod.Get, "/v1/campaigns/dunk-low")).Json;
        Assert.Equal(got.EnumerateObject().Select(m => m.Name), shown.EnumerateObject().Select(m => m.Name));
        foreach (var member in got.EnumerateObject().Where(m => m.Name != "nextPollMs"))
            Assert.Equal(member.Value.GetRawText(), shown.GetProperty(member.Name).GetRawText());
    }

    [Fact]
    public async Task Each_change_comes_to_all_who_listen()
    {
        using var one = await Listen();
        using var two = await Listen();
        await one.Event();
        await two.Event();
        _host.Grains.Campaign().Board = Sample.Board with { Version = 8, Frozen = true };
        Assert.Equal("8-frozen", await one.Event());
        Assert.Equal("8-frozen", await two.Event());
        Assert.Equal((2, 1), (Hub.Clients, Hub.Feeds));
    }

    [Fact]
    public async Task Opening_and_closing_come_by_time_alone_and_the_closed_board_is_the_last()
    {
        _host.Grains.Campaign().Board = Sample.Board with { OpensAt = Sample.Start.AddSeconds(1), ClosesAt = Sample.Start.AddSeconds(2) };
        using var stream = await Listen();
        Assert.Equal("7-scheduled", await stream.Event());
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("7-open", await stream.Event());
        _host.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("7-closed", await stream.Event());
        Assert.Null(await stream.Line());
        await GatewayHost.Until(() => Hub.Clients == 0 && Hub.Feeds == 0);
    }

    [Fact]
    public async Task Who_has_seen_the_closed_board_is_told_to_stay_away_and_who_has_not_gets_it()
    {
        _host.Grains.Campaign().Board = Sample.Board with { Closed = true };
        (await Get("7-closed")).AssertStatus(204);
        var reply = (await Get("7-open")).AssertStatus(200);
        Assert.Contains("id: 7-closed\n", reply.Body, StringComparison.Ordinal);
        await GatewayHost.Until(() => Hub.Clients == 0);
    }

    [Fact]
    public async Task A_comment_line_comes_every_15_seconds()
    {
        using var stream = await Listen();
        await stream.Event();
        for (var i = 0; i < 3; i++)
        {
            await NobodyIsBehind();
            _host.Time.Advance(TimeSpan.FromSeconds(15));
            Assert.Equal(":", await stream.Line());
            Assert.Equal("", await stream.Line());
        }
    }

    [Fact]
    public async Task The_next_client_over_the_bound_is_refused_until_one_leaves_and_none_counts_as_a_request()
    {
        var streams = new List<EventReader>();
        for (var i = 0; i < 3; i++) streams.Add(await Listen());
        var refused = (await Get()).AssertProblem(503, "overloaded");
        Assert.Equal(5000, refused.Json.GetProperty("retryAfterMs").GetInt32());
        (await _host.Send(HttpMethod.Get, "/v1/campaigns/dunk-low")).AssertStatus(200); // MaxRequests is 1.
        streams[0].Dispose();
        await GatewayHost.Until(() => Hub.Clients == 2);
        using var next = await Listen();
        Assert.Equal("7-open", await next.Event());
        foreach (var stream in streams) stream.Dispose();
    }

    [Fact]
    public async Task Errors_are_problems_and_free_the_place()
    {
        (await _host.Send(HttpMethod.Get, "/v1/campaigns/nowhere/events")).AssertProblem(404, "not_found");
        (await _host.Send(HttpMethod.Get, "/v1/campaigns/no%20id/events")).AssertProblem(400, "bad_request");
        (await _host.Send(HttpMethod.Post, Path)).AssertProblem(405, "method_not_allowed");
        _host.Grains.Campaign().OnWatch = _ => throw new LedgerUnavailableException("down");
        (await Get()).AssertProblem(503, "unavailable");
        Assert.Equal(0, Hub.Clients);
        Assert.Empty(_host.Bugs.Errors);
    }

    [Fact]
    public async Task A_stream_ends_when_its_life_is_over()
    {
        using var stream = await Listen();
        await stream.Event();
        var life = TimeSpan.Zero;
        do
        {
            await NobodyIsBehind();
            _host.Time.Advance(TimeSpan.FromSeconds(15));
            life += TimeSpan.FromSeconds(15);
        }
        while (await stream.Line() is ":" && await stream.Line() is "");

        Assert.InRange(life, TimeSpan.FromSeconds(3600), TimeSpan.FromSeconds(3600 + 900 + 15));
        await GatewayHost.Until(() => Hub.Clients == 0);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_is_cut_and_holds_up_nobody()
    {
        using var deaf = new TcpClient { ReceiveBufferSize = 4096 };
        await deaf.ConnectAsync(IPAddress.Loopback, _host.Client.BaseAddress!.Port);
        await deaf.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {Path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        await GatewayHost.Until(() => Hub.Clients == 1);
        ImmutableArray<BoardSku> long200 = [.. Enumerable.Range(0, 200).Select(i => new BoardSku(new Sku($"s{i}"), new string('x', 200), Sample.Price, Availability.Low))];
        for (var version = 8; Hub.Clients > 0; version++)
        {
            _host.Grains.Campaign().Board = Sample.Board with { Version = version, Skus = long200 };
            _host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        using var listener = await Listen();
        Assert.NotNull(await listener.Event());
        Assert.Equal(1, Hub.Clients);
        Assert.Empty(_host.Bugs.Errors);
    }

    [Fact]
    public async Task Streams_end_at_a_stop()
    {
        using var stream = await Listen();
        await stream.Event();
        var stopped = _host.DisposeAsync();
        Assert.Null(await stream.Line());
        await stopped;
        await InitializeAsync(); // For the disposal.
    }

    [Fact]
    public async Task Campaigns_beyond_the_boards_that_are_followed_are_streamed_too()
    {
        await using var host = await GatewayHost.Start(("Boards:MaxBoards", "1"));
        host.Grains.Campaign("other").Board = Sample.Board with { Id = new CampaignId("other") };
        (await host.Send(HttpMethod.Get, "/v1/campaigns/other")).AssertStatus(200);
        using var stream = await EventReader.Open(host, Path);
        Assert.Equal("7-open", await stream.Event());
        host.Grains.Campaign().Board = Sample.Board with { Version = 8 };
        Assert.Equal("8-open", await stream.Event());
    }

    // A client may have read what the server does not know yet to be written: were time to jump then, the client would pass for a deaf one.
    private Task NobodyIsBehind() => GatewayHost.Until(() => Hub.Behind == 0);

    private Task<EventReader> Listen() => EventReader.Open(_host, Path);

    private Task<Reply> Get(string? seen = null) => _host.Send(HttpMethod.Get, Path, adjust: request =>
    {
        if (seen is not null) request.Headers.Add("Last-Event-ID", seen);
    });
}

/// <summary>A stream as a browser reads it.</summary>
internal sealed class EventReader(HttpResponseMessage response, StreamReader reader) : IDisposable
{
    public HttpResponseMessage Response => response;

    public static async Task<EventReader> Open(GatewayHost host, string path)
    {
        var response = await host.Client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return new EventReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    public Task<string?> Line() => reader.ReadLineAsync();

    /// <summary>The id of the next event, read to its end.</summary>
    public async Task<string?> Event()
    {
        string? id = null;
        while (await Line() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) id = line["id: ".Length..];
            if (line.Length == 0 && id is not null) return id;
        }

        return null;
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
    }
}
