using System.Collections.Immutable;
using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Shoppers;

public sealed class CampaignEndpointsTests : IAsyncLifetime
{
    private const string Path = "/v1/campaigns/dunk-low";

    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start();

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task A_campaign_is_shown_to_everybody()
    {
        var reply = await _host.Send(HttpMethod.Get, Path);
        var poll = reply.Json.GetProperty("nextPollMs").GetInt32();
        reply.AssertJson(200, $$"""
            {"id":"dunk-low","name":"Dunk Low","mode":"flow","state":"open","opensAt":"2026-11-11T09:59:00.000Z","closesAt":"2026-11-11T11:00:00.000Z",
            "serverTime":"2026-11-11T10:00:00.000Z","version":7,"limitPerShopper":1,"holdSeconds":600,"nextPollMs":{{poll}},
            "skus":[{"sku":"dunk-low-42","name":"Dunk Low 42","price":{"amount":79900,"currency":"CNY"},"availability":"low"}]}
            """);
        Assert.InRange(poll, 2000, 2500);
    }

    [Theory]
    [InlineData(Availability.Available, "available")]
    [InlineData(Availability.Low, "low")]
    [InlineData(Availability.SoldOut, "soldOut")]
    public async Task Availability_is_shown(Availability availability, string text)
    {
        _host.Grains.Campaign().Board = Sample.Board with { Skus = [Sample.Board.Skus[0] with { Availability = availability }] };
        var json = (await _host.Send(HttpMethod.Get, Path)).Json;
        Assert.Equal(text, json.GetProperty("skus")[0].GetProperty("availability").GetString());
        Assert.Equal(availability == Availability.SoldOut ? "soldOut" : "open", json.GetProperty("state").GetString());
    }

    [Fact]
    public async Task State_follows_ledger_time_and_changes_the_ETag()
    {
        _host.Grains.Campaign().Board = Sample.Board with { OpensAt = Sample.Start.AddMinutes(1) };
        var scheduled = await _host.Send(HttpMethod.Get, Path);
        Assert.Equal("scheduled", scheduled.Json.GetProperty("state").GetString());
        _host.Time.Advance(TimeSpan.FromMinutes(1));
        var open = await _host.Send(HttpMethod.Get, Path);
        Assert.Equal("open", open.Json.GetProperty("state").GetString());
        Assert.NotEqual(scheduled.Headers.ETag, open.Headers.ETag);
        _host.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("closed", (await _host.Send(HttpMethod.Get, Path)).Json.GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("{0}", 304)]
    [InlineData("W/{0}", 304)]
    [InlineData("\"other\", {0}", 304)]
    [InlineData("*", 304)]
    [InlineData("\"other\"", 200)]
    [InlineData("nonsense", 200)]
    public async Task What_the_client_has_is_not_sent_again(string known, int status)
    {
        var etag = (await _host.Send(HttpMethod.Get, Path)).Headers.ETag!.ToString();
        _host.Time.Advance(TimeSpan.FromSeconds(1)); // The time shown is not part of what changed.
        var reply = await _host.Send(HttpMethod.Get, Path, adjust: request =>
            request.Headers.TryAddWithoutValidation("If-None-Match", known.Replace("{0}", etag, StringComparison.Ordinal)));
        reply.AssertStatus(status);
        Assert.Equal(etag, reply.Headers.ETag!.ToString());
        Assert.Equal(status == 304, reply.Body.Length == 0);
    }

    [Fact]
    public async Task An_unknown_campaign_is_not_found() => (await _host.Send(HttpMethod.Get, "/v1/campaigns/nowhere")).AssertProblem(404, "not_found");

    [Theory]
    [InlineData(3, 2000, 2500)]
    [InlineData(5, 2500, 3125)]
    [InlineData(20, 10_000, 12_500)]
    [InlineData(3600, 30_000, 37_500)]
    public async Task Polls_become_more_frequent_towards_the_opening(int secondsAhead, int least, int most)
    {
        _host.Grains.Campaign().Board = Sample.Board with { OpensAt = Sample.Start.AddSeconds(secondsAhead), ClosesAt = Sample.Start.AddDays(1) };
        Assert.InRange((await _host.Send(HttpMethod.Get, Path)).Json.GetProperty("nextPollMs").GetInt32(), least, most);
    }

    [Fact]
    public async Task Whoever_has_the_answer_of_long_before_the_opening_is_told_the_shorter_pause()
    {
        _host.Grains.Campaign().Board = Sample.Board with { OpensAt = Sample.Start.AddHours(1), ClosesAt = Sample.Start.AddDays(1) };
        var known = (await _host.Send(HttpMethod.Get, Path)).Headers.ETag!;
        _host.Time.Advance(TimeSpan.FromMinutes(58));
        (await Look()).AssertStatus(304);
        _host.Time.Advance(TimeSpan.FromSeconds(100));
        Assert.InRange((await Look()).AssertStatus(200).Json.GetProperty("nextPollMs").GetInt32(), 10_000, 12_500);

        Task<Reply> Look() => _host.Send(HttpMethod.Get, Path, adjust: request => request.Headers.IfNoneMatch.Add(known));
    }

    [Fact]
    public async Task Polls_are_spread()
    {
        var polls = new HashSet<int>();
        for (var i = 0; i < 20; i++)
        {
            polls.Add((await _host.Send(HttpMethod.Get, Path)).Json.GetProperty("nextPollMs").GetInt32());
            _host.Time.Advance(TimeSpan.FromTicks(1));
        }

        Assert.True(polls.Count > 10);
    }

    [Fact]
    public async Task The_list_has_all_campaigns_that_are_not_closed()
    {
        var boards = new Dictionary<string, CampaignBoard>
        {
            ["closed"] = Sample.Board with { Closed = true },
            ["later"] = Sample.Board with { OpensAt = Sample.Start.AddMinutes(1) },
            ["over"] = Sample.Board with { ClosesAt = Sample.Start },
            ["running"] = Sample.Board,
        };
        foreach (var (id, board) in boards) _host.Grains.Campaign(id).Board = board with { Id = new CampaignId(id) };
        _host.Grains.Journal.Ids = [.. boards.Keys.Append("undone").Order(StringComparer.Ordinal)];
        var json = (await _host.Send(HttpMethod.Get, "/v1/campaigns")).AssertStatus(200).Json;
        Assert.Equal(["later:scheduled", "running:open"], json.GetProperty("campaigns").EnumerateArray()
            .Select(c => $"{c.GetProperty("id").GetString()}:{c.GetProperty("state").GetString()}"));
        await _host.Send(HttpMethod.Get, "/v1/campaigns");
        Assert.Equal(1, _host.Grains.Journal.Lists);
    }

    [Fact]
    public async Task A_new_campaign_is_listed_within_two_seconds()
    {
        Assert.Equal(0, (await _host.Send(HttpMethod.Get, "/v1/campaigns")).Json.GetProperty("campaigns").GetArrayLength());
        _host.Grains.Journal.Ids = ImmutableArray.Create("dunk-low");
        _host.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(1, (await _host.Send(HttpMethod.Get, "/v1/campaigns")).Json.GetProperty("campaigns").GetArrayLength());
    }
}
