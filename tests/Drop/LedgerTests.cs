using System.Text;
using System.Text.Json;
using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;

namespace FlashSale.Drop.Tests;

public sealed class LedgerTests
{
    const string Operation = "000102030405060708090a0b0c0d0e0f", HoldId = "AAECAwQFBgcICQoLDA0ODw";

    static readonly DateTimeOffset At = new(2026, 11, 11, 10, 0, 0, 250, TimeSpan.Zero);

    readonly DropPlan _plan = new("c", Stock: 2, Limit: 1, HoldSeconds: 60);
    readonly Differences _differences = new();

    [Fact]
    public void Events_are_read_as_the_ledger_writes_them()
    {
        var page = JsonDocument.Parse($$"""
            {"events":[
              {"seq":3,"at":"2026-11-11T10:00:00.250Z","type":"Configured","operation":null,"payload":{} },
              {"seq":4,"at":"2026-11-11T10:00:00.250Z","type":"Held","operation":"{{Operation}}","payload":{"shopper":"mei","campaign":"c","quantity":1,"expiresAt":"x"} },
              {"seq":9,"at":"2026-11-11T10:00:00.250Z","type":"Expired","operation":"{{Operation}}","payload":{"hold":"{{HoldId}}","generation":4} }],"next":10}
            """).RootElement;
        Assert.Equal(
            [
                new LedgerEntry(3, At, LedgerKind.Other, null, 0, null, null, 0),
                new LedgerEntry(4, At, LedgerKind.Held, HoldId, 4, "mei", "c", 1),
                new LedgerEntry(9, At, LedgerKind.Expired, HoldId, 4, null, null, 0),
            ],
            LedgerEntry.ReadPage(page));
    }

    [Theory]
    [InlineData("""{"nothing":1}""")]
    [InlineData("""{"events":[{"seq":1,"type":"Other","payload":{}}]}""")]
    [InlineData("""{"events":[{"seq":1,"at":"2026-11-11T10:00:00Z","type":"Held","operation":"zz","payload":{}}]}""")]
    [InlineData("""{"events":[{"seq":1,"at":"2026-11-11T10:00:00Z","type":"Held","payload":{}}]}""")]
    public void Another_shape_is_a_clear_error(string page) =>
        Assert.Throws<DropException>(() => LedgerEntry.ReadPage(JsonDocument.Parse(page).RootElement));

    [Fact]
    public void A_second_generation_after_an_end_is_right()
    {
        var fold = Fold(Held(1, "a"), Ended(2, "a", 1), Held(3, "a"));
        Assert.Empty(Kinds());
        Assert.Equal((1, 3L), (fold.LiveUnits, fold.Holds["a"].Generation));
    }

    [Fact]
    public void A_hold_held_twice_is_a_difference()
    {
        Fold(Held(1, "a"), Held(2, "a"));
        Assert.Equal(["ledger"], Kinds());
    }

    [Theory]
    [InlineData(9)]
    [InlineData(1)]
    public void An_end_of_what_does_not_live_is_a_difference(long generation)
    {
        Fold(Held(1, "a"), Ended(2, "a", 1), Ended(3, "a", generation));
        Assert.Equal(["ledger"], Kinds());
    }

    [Fact]
    public void More_held_than_there_is_at_any_time_is_an_oversell()
    {
        Fold(Held(1, "a"), Held(2, "b"), Held(3, "d"), Ended(4, "a", 1));
        Assert.Equal(["oversell"], Kinds());
    }

    [Fact]
    public void A_promise_kept_is_no_difference()
    {
        Check(Fold(Held(1, "a", "mei")), Promised("mei", "a"));
        Assert.Empty(Kinds());
    }

    [Fact]
    public void A_hold_for_another_shopper_breaks_the_promise()
    {
        Check(Fold(Held(1, "a", "bo")), Promised("mei", "a"));
        Assert.Equal(["promise"], Kinds());
    }

    [Fact]
    public void A_live_hold_that_nobody_heard_of_is_a_difference()
    {
        Check(Fold(Held(1, "a", "mei")));
        Assert.Equal(["nobody"], Kinds());
    }

    [Fact]
    public void One_hold_promised_to_two_is_a_difference()
    {
        Check(Fold(Held(1, "a", "mei")), Promised("mei", "a"), Promised("bo", "a"));
        Assert.Equal(["hold", "promise"], Kinds());
    }

    [Theory]
    [InlineData(2, 0, 2, 2, 0, 0)]
    [InlineData(3, 0, 2, 2, 0, 0)]
    [InlineData(2, 1, 1, 2, 0, 0)]
    [InlineData(2, 0, 1, 2, 1, 0)]
    [InlineData(2, 0, 1, 2, 0, 1)]
    public void The_shelf_must_agree_in_every_term(long received, long available, long held, int live, long sold, long withdrawn)
    {
        var fold = Fold([.. Enumerable.Range(1, live).Select(i => Held(i, "h" + i, "s" + i))]);
        new LedgerCheck(_plan, _differences).CompareShelf(fold, new SkuView(received, available, held, sold, withdrawn), mustBeEmpty: true);
        var isRight = (received, available, held, sold, withdrawn) == (2, 0, 2, 0, 0);
        Assert.Equal(isRight, _differences.Count == 0);
    }

    [Fact]
    public void Of_each_kind_only_the_first_are_kept_and_all_are_counted()
    {
        for (var i = 0; i < 1000; i++)
            _differences.Add("kind", "text");
        var (_, count, kept) = Assert.Single(_differences.List());
        Assert.Equal((1000, Differences.KeptPerKind), (count, kept.Count));
    }

    LedgerFold Fold(params LedgerEntry[] entries)
    {
        var fold = new LedgerFold(_plan, _differences);
        foreach (var entry in entries)
            fold.Add(entry);
        return fold;
    }

    void Check(LedgerFold fold, params Shopper[] shoppers) => new LedgerCheck(_plan, _differences).Compare(fold, shoppers);

    IEnumerable<string> Kinds() => _differences.List().Select(difference => difference.Kind);

    static LedgerEntry Held(long seq, string hold, string shopper = "s") => new(seq, At, LedgerKind.Held, hold, seq, shopper, "c", 1);

    static LedgerEntry Ended(long seq, string hold, long generation) => new(seq, At, LedgerKind.Released, hold, generation, null, null, 0);

    static Shopper Promised(string name, string hold)
    {
        var shopper = new Shopper(name, Habits.None, TimeSpan.Zero);
        shopper.Wish.FirstAnswer = Encoding.ASCII.GetBytes(hold);
        shopper.Wish.HoldId = hold;
        return shopper;
    }
}
