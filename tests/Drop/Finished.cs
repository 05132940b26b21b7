using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;

namespace FlashSale.Drop.Tests;

/// <summary>Finished drops made by hand.</summary>
internal static class Finished
{
    public static readonly DateTimeOffset OpenedAt = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);

    static readonly TimeSpan Origin = TimeSpan.FromSeconds(500);

    /// <summary>Two units, one kill, five seconds; a bit of everything.</summary>
    public static DropResult Small(Differences? differences = null, string detail = "as it should")
    {
        var timeline = new Timeline();
        timeline.Begin(Origin);
        for (var i = 0; i < 40; i++)
        {
            var turn = Origin + TimeSpan.FromSeconds(i * 0.1);
            timeline.CountDue(turn, turn + TimeSpan.FromMilliseconds(2));
            timeline.CountStart(turn, turn + TimeSpan.FromMilliseconds(3));
            timeline.CountHold(i < 2 ? AnswerKind.Held : i < 10 ? AnswerKind.Unavailable : AnswerKind.SoldOut, i is < 2 or >= 10, turn, turn + TimeSpan.FromMilliseconds(5 + (i * 20)));
            timeline.CountFirstDecision(turn, turn + TimeSpan.FromMilliseconds(9));
        }

        timeline.AddMark("the server killed", Origin + TimeSpan.FromSeconds(0.2));
        timeline.End(Origin + TimeSpan.FromSeconds(5));
        return With(timeline, SpikeCurve.WithPeak(40, 20, TimeSpan.FromSeconds(0.5)), differences ?? new Differences(), detail) with
        {
            Fault = new FaultOutcome("the server", TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(0.7)),
        };
    }

    /// <summary>A closed loop in which nothing was ever answered.</summary>
    public static DropResult Empty() => With(new Timeline(), null, new Differences(), "") with { Options = new DropOptions { Loop = new LoopOptions { Closed = true } } };

    static DropResult With(Timeline timeline, ArrivalCurve? curve, Differences differences, string detail)
    {
        var plan = new DropPlan("drop-1", Stock: 2, Limit: 1, HoldSeconds: 3600);
        var fold = new LedgerFold(plan, differences);
        fold.Add(new LedgerEntry(7, OpenedAt.AddSeconds(0.1), LedgerKind.Held, "a", 7, "mei", "drop-1", 1));
        fold.Add(new LedgerEntry(8, OpenedAt.AddSeconds(0.2), LedgerKind.Held, "b", 8, "bo", "drop-1", 1));
        var tally = new Tally();
        tally.CountAnswer("POST", new Answer(AnswerKind.Odd, "internal", false, default, "<b>oops</b>"u8.ToArray()), null);
        return new DropResult(
            new DropOptions { Stock = 2, Shoppers = 40 },
            plan,
            curve,
            [new Uri("http://127.0.0.1:8080")],
            "memory",
            OpenedAt,
            Lanes: 3,
            tally,
            timeline,
            TimeSpan.FromSeconds(1),
            (TimeSpan.FromSeconds(4), 40),
            Fault: null,
            Bystanders: null,
            new ShelfEnd(true, 38, 0, TimeSpan.FromSeconds(5)),
            new SkuView(2, 0, 2, 0, 0),
            fold,
            Explained: 0,
            new AuditView(true, [new PromiseView("P1", true, 12, detail), new PromiseView("P2", false, 3, null)]),
            differences);
    }
}
