using FlashSale.Drop.Crowd;
using FlashSale.Drop.Overload;

namespace FlashSale.Drop.Tests;

/// <summary>Overload in a hurry: what is offered, counted and told, not how fast it is.</summary>
public sealed class OverloadTests
{
    static readonly OverloadOptions Hurry = new() { Seconds = 1, Times = 2, Shoppers = 2000, Connections = 16 };

    [Fact]
    public async Task Those_let_in_and_those_turned_away_are_told_apart()
    {
        var (ok, text) = await RunAsync(Lie.TurnsHalfAway);
        Assert.True(ok, text);
        Assert.Contains("201 ", text, StringComparison.Ordinal);
        Assert.Contains("overloaded", text, StringComparison.Ordinal);
        Assert.Contains("to come back after p50 5", text, StringComparison.Ordinal);
        Assert.EndsWith("OK", text.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Lie.AnswersWithABug, "DIFFERENCES: internal")]
    [InlineData(Lie.AuditFails, "BROKEN: as told")]
    public async Task What_an_overloaded_server_may_not_do_is_a_difference(Lie lie, string told)
    {
        var (ok, text) = await RunAsync(lie);
        Assert.False(ok);
        Assert.Contains(told, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_takes_no_purchase_has_no_multiple()
    {
        var refusal = await Assert.ThrowsAsync<DropException>(() => RunAsync(Lie.IsOverloaded));
        Assert.Contains("Answers: overloaded", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_usual_is_from_when_on_nobody_is_turned_away_and_nobody_waits()
    {
        var figures = new Figures(TimeSpan.FromSeconds(100));
        foreach (var (at, kind, tookMs) in new[] { (0.1, AnswerKind.Overloaded, 1), (0.3, AnswerKind.Held, 900), (0.6, AnswerKind.Held, 5), (0.9, AnswerKind.Held, 5) })
        {
            var now = TimeSpan.FromSeconds(100 + at);
            var sent = now - TimeSpan.FromMilliseconds(tookMs);
            figures.Count(new Answer(kind, "x", false, default, default), sent, sent, now);
        }

        Assert.Equal(TimeSpan.FromMilliseconds(500), figures.NormalAfter(longest: TimeSpan.FromMilliseconds(100)));
        Assert.Equal(TimeSpan.Zero, new Figures(TimeSpan.Zero).NormalAfter(TimeSpan.Zero) ?? TimeSpan.Zero);
        Assert.Null(figures.NormalAfter(longest: TimeSpan.FromMilliseconds(1)));
    }

    [Theory]
    [InlineData("overload --times 0", "--times must be 0.1-1000, not 0.")]
    [InlineData("overload --url http://127.0.0.1:1", "--url and --admin-key belong together.")]
    [InlineData("overload --process 7", "--process is for a server at --url")]
    public async Task Options_that_make_no_sense_are_refused_with_a_reason(string line, string reason)
    {
        var errors = new StringWriter();
        Assert.NotEqual(0, await App.RunAsync(line.Split(' '), TextWriter.Null, errors));
        Assert.Contains(reason, errors.ToString(), StringComparison.Ordinal);
    }

    static async Task<(bool Ok, string Text)> RunAsync(Lie lie)
    {
        await using var server = await FakeServer.StartAsync(lie);
        var output = new StringWriter();
        var ok = await new OverloadRun(Hurry, server.Url, FakeServer.AdminKey, Environment.ProcessId, Drops.Quiet(), TimeProvider.System).RunAsync(output, CancellationToken.None);
        return (ok, output.ToString());
    }
}
