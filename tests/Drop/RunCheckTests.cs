using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;

namespace FlashSale.Drop.Tests;

public sealed class RunCheckTests
{
    static readonly AuditView GoodAudit = new(true, []);
    static readonly ShelfEnd GoodEnd = new(true, 0, 0, TimeSpan.FromSeconds(9));

    [Theory]
    [InlineData(0.5, "odd")]
    [InlineData(3.5, "")]
    [InlineData(6.5, "")]
    public void A_kill_excuses_what_follows_it_and_nothing_before(double lostAt, string kinds)
    {
        var timeline = new Timeline();
        timeline.Begin(TimeSpan.Zero);
        timeline.CountAnswer(AnswerKind.Unavailable, TimeSpan.FromSeconds(lostAt));
        timeline.AddMark("the server killed", TimeSpan.FromSeconds(3.2));
        Assert.Equal(kinds, Judge(new DropOptions { Kill = DropOptions.KillServer }, timeline));
    }

    [Theory]
    [InlineData(AnswerKind.Unavailable, "", 1, "odd")]
    [InlineData(AnswerKind.Unavailable, "", 2, "")]
    [InlineData(AnswerKind.Broken, "", 2, "odd")]
    [InlineData(AnswerKind.Unavailable, DropOptions.KillPostgres, 1, "")]
    [InlineData(AnswerKind.Broken, DropOptions.KillPostgres, 2, "")]
    [InlineData(AnswerKind.Odd, DropOptions.KillPostgres, 2, "odd")]
    [InlineData(AnswerKind.Overloaded, DropOptions.KillPostgres, 2, "overloaded")]
    internal void Only_what_a_run_provokes_itself_is_no_difference(AnswerKind kind, string kill, int processes, string kinds)
    {
        var tally = new Tally();
        tally.CountAnswer("POST", new Answer(kind, Answer.NameOf(kind), false, default, default), null);
        Assert.Equal(kinds, Judge(new DropOptions { Kill = kill is "" ? null : kill, Postgres = true, Processes = processes }, new Timeline(), tally));
    }

    [Fact]
    public void A_promise_that_the_audit_calls_broken_is_a_difference() =>
        Assert.Equal("audit", Judge(new DropOptions(), new Timeline(), audit: new AuditView(true, [new PromiseView("P3", false, 1, "twice")])));

    static string Judge(DropOptions options, Timeline timeline, Tally? tally = null, AuditView? audit = null)
    {
        var differences = new Differences();
        new RunCheck(options, differences).Judge(tally ?? new Tally(), timeline, GoodEnd, audit ?? GoodAudit);
        return string.Join(' ', differences.List().Select(difference => difference.Kind));
    }
}
