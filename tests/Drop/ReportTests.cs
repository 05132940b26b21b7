using System.Text.Json;
using System.Xml.Linq;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Report;
using FlashSale.Drop.Report.Html;
using Spectre.Console;

namespace FlashSale.Drop.Tests;

public sealed class ReportTests
{
    [Fact]
    public void The_members_of_the_JSON_are_an_interface()
    {
        const string Percentiles = "count p50 p95 p99 p999 max";
        Assert.Equal(
            """
            ok
            run: campaign sku openedAt servers store loop stock limit shoppers seed connections connectionsMost loginSeconds seconds inTime processors
            crowd: requests doubleTaps desertions abandonments returns repeats wentWithout
            answers: byCode odd
            arrivals: curve peakPerSecond seconds rampSeconds offeredPerSecondMax startedInThatSecond startedLateMs driverLateMsMax keptUp
            latencyMs: count p50 p95 p99 p999 max
            decidedMs: count p50 p95 p99 p999 max
            kill: name at downSeconds silenceSecondsMax
            bystanders
            shelf: received available held sold withdrawn ledgerEvents liveUnits liveUnitsMax lostAnswersExplained
            audit: holds promises
            differences
            seconds
            sellDown
            """.ReplaceLineEndings("\n"),
            string.Join('\n', Json(Finished.Small()).EnumerateObject().Select(Members)));
        var second = Json(Finished.Small()).GetProperty("seconds")[0];
        Assert.Equal("due started answers latencyMs", Names(second));
        Assert.Equal(Percentiles, Names(second.GetProperty("latencyMs")));

        static string Members(JsonProperty member) => member.Value.ValueKind == JsonValueKind.Object ? $"{member.Name}: {Names(member.Value)}" : member.Name;
    }

    [Fact]
    public void The_JSON_tells_what_happened()
    {
        var differences = new Differences();
        differences.Add("odd", "internal, once");
        var json = Json(Finished.Small(differences));
        Assert.Equal((false, "open", "spike"), (json.GetProperty("ok").GetBoolean(), json.GetProperty("run").GetProperty("loop").GetString(), json.GetProperty("arrivals").GetProperty("curve").GetString()));
        Assert.Equal("2026-11-11T10:00:00.000Z", json.GetProperty("run").GetProperty("openedAt").GetString());
        Assert.Equal("""{"201":2,"unavailable":7}""", json.GetProperty("seconds")[0].GetProperty("answers").GetRawText().Replace(" ", "").Replace("\n", ""));
        Assert.Equal([[0, 2], [0.1, 1], [0.2, 0]], json.GetProperty("sellDown").Deserialize<double[][]>()!);
        Assert.Equal("internal, once", json.GetProperty("differences")[0].GetProperty("texts")[0].GetString());
        Assert.Equal(2, json.GetProperty("arrivals").GetProperty("driverLateMsMax").GetDouble());
    }

    [Fact]
    public void A_closed_loop_has_no_arrivals_and_without_answers_there_are_no_percentiles()
    {
        var json = Json(Finished.Empty());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("arrivals").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.GetProperty("latencyMs").ValueKind);
        Assert.Equal("closed", json.GetProperty("run").GetProperty("loop").GetString());
    }

    [Fact]
    public void The_report_escapes_whatever_a_server_said()
    {
        const string Evil = "</style><script>alert('x & \"y\"')</script>";
        var differences = new Differences();
        differences.Add("odd" + Evil, "body: " + Evil);
        var result = Finished.Small(differences, Evil);
        var page = HtmlReport.Of(result with { Store = Evil, Fault = result.Fault! with { Name = Evil } });
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<b>oops", page, StringComparison.Ordinal);
        Assert.Equal(2, page.Split("</style>").Length);
        Assert.Contains("&lt;script&gt;alert(&#39;x &amp; &quot;y&quot;&#39;)", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pictures_are_well_formed_and_need_nothing_from_elsewhere(bool small)
    {
        var page = HtmlReport.Of(small ? Finished.Small() : Finished.Empty());
        var pictures = page.Split("<svg").Skip(1).Select(after => XElement.Parse("<svg" + after[..(after.IndexOf("</svg>", StringComparison.Ordinal) + 6)])).ToList();
        Assert.Equal(4, pictures.Count);
        foreach (var no in new[] { "NaN", "∞", "E+", "E-" })
            Assert.All(pictures.Descendants().Attributes(), attribute => Assert.DoesNotContain(no, attribute.Value, StringComparison.Ordinal));
        foreach (var elsewhere in new[] { "<script", "<link", "<img", "<iframe", "src=", "href=", "url(", "@import" })
            Assert.DoesNotContain(elsewhere, page, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_report_says_verdict_differences_and_audit()
    {
        var differences = new Differences();
        differences.Add("promise", "mei was promised nothing");
        var bad = HtmlReport.Of(Finished.Small(differences));
        Assert.Contains("<h1>DIFFERENCES</h1>", bad, StringComparison.Ordinal);
        Assert.Contains("mei was promised nothing", bad, StringComparison.Ordinal);
        Assert.Contains("<td>P1</td><td class=\"holds\">holds</td>", bad, StringComparison.Ordinal);
        Assert.Contains("<td>P2</td><td class=\"broken\">BROKEN</td>", bad, StringComparison.Ordinal);
        Assert.Contains("<h1>OK</h1>", HtmlReport.Of(Finished.Small()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10_000, "0 2,000 4,000 6,000 8,000 10,000")]
    [InlineData(9_913, "0 2,000 4,000 6,000 8,000 10,000")]
    [InlineData(3, "0 0.5 1 1.5 2 2.5 3")]
    [InlineData(0, "0 0.2")]
    public void An_axis_ends_with_a_round_tick(double largest, string ticks)
    {
        var labels = Scale.Linear(largest).Ticks.Select(tick => tick.Label).ToList();
        Assert.Equal(ticks, string.Join(' ', labels));
        Assert.Equal(1, Scale.Linear(largest).Share(Scale.Linear(largest).Ticks[^1].Value), 6);
    }

    [Fact]
    public void A_logarithmic_axis_has_whole_decades_around_the_values()
    {
        var scale = Scale.Log(2.4, 310, value => $"{value}");
        Assert.Equal(["1", "10", "100", "1000"], scale.Ticks.Select(tick => tick.Label));
        Assert.Equal((0, 1 / 3.0, 1), (scale.Share(0.001), scale.Share(10), scale.Share(1e9)));
    }

    [Fact]
    public void Many_seconds_become_few_columns_of_the_same_mean()
    {
        var timeline = new Timeline();
        timeline.Begin(TimeSpan.Zero);
        for (var i = 0; i < 1000; i++)
            timeline.CountAnswer(AnswerKind.Released, TimeSpan.FromSeconds(i + 0.25));
        timeline.End(TimeSpan.FromSeconds(1000));
        var bins = Bin.Of(timeline);
        Assert.Equal((200, 5, 1000), (bins.Count, bins[0].Seconds, bins[^1].To));
        Assert.All(bins, bin => Assert.Equal(1, bin.AnswersPerSecond(AnswerKind.Released)));
    }

    [Fact]
    public void The_table_on_a_terminal_shows_the_shelf_the_answers_and_the_latency()
    {
        var latency = new LatencyHistogram();
        latency.Record(TimeSpan.FromMilliseconds(4));
        var answers = new double[Enum.GetValues<AnswerKind>().Length];
        answers[(int)AnswerKind.SoldOut] = 1200;
        var state = new LiveState(TimeSpan.FromSeconds(12), 10_000, 4120, 200_000, 61_200, 80_000, 5880, 70_000, 17, 3, 90, 512, answers, latency, new Mark(TimeSpan.FromSeconds(3), "PostgreSQL killed"));
        var console = new StringWriter();
        AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(console) }).Write(LiveTable.Of(state));
        foreach (var shown in new[] { "12 s since the opening", "4,120 of 10,000", "61,200 of 200,000", "sold_out", "1,200/s", "p50 4.0 ms", "PostgreSQL killed", "90 of 512" })
            Assert.Contains(shown, console.ToString(), StringComparison.Ordinal);
        Assert.Equal(
            "12 s: arrived 61200, requests 80000, 201 5880, sold_out 70000, on the shelf 4120, acting 17, waiting 3, p50 4.0 ms, p99 4.0 ms, PostgreSQL killed at 3.0 s",
            state.Line());
    }

    static JsonElement Json(DropResult result) => JsonDocument.Parse(JsonResult.Of(result)).RootElement;

    static string Names(JsonElement value) => string.Join(' ', value.EnumerateObject().Select(member => member.Name));
}
