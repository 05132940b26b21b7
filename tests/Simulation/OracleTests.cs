using System.Text;
using FlashSale.Contracts;
using FlashSale.Grains.Journal;

namespace FlashSale.Simulation.Tests;

/// <summary>Each promise, broken by hand: the oracle must say which.</summary>
public sealed class OracleTests
{
    private const string Sku1 = "stock/sku-sku1";
    private const string Sku2 = "stock/sku-sku2";
    private const string Mei = "cart/shopper-mei";
    private const string Drop = "campaign/campaign-drop";

    private static readonly DateTimeOffset Opening = SimScheduler.Epoch;
    private static readonly OperationId Tap = OperationId.Of("mei", "hold", "tap");
    private static readonly OperationId Key = OperationId.Of("operator:", "adjust", "key");
    private static readonly string HoldId = new HoldId(Tap).ToString();

    private readonly List<Commit> _commits = [];
    private readonly List<WrittenSnapshot> _snapshots = [];
    private readonly Dictionary<string, long> _seqs = new(StringComparer.Ordinal);
    private readonly History _history = new();
    private readonly Clocks _clocks = new();
    private readonly GrainCalls _calls = new();
    private TimeSpan _now;

    public OracleTests()
    {
        for (var minute = 0; minute <= 120; minute++) _clocks.Shown("p0", TimeSpan.FromMinutes(minute), Opening.AddMinutes(minute));
    }

    [Fact]
    public void Good_history_breaks_nothing()
    {
        Shelf(Sku1, units: 2);
        Held(HoldId, operation: Tap);
        Claimed(HoldId, generation: 4);
        Tell(Told(Accepted(generation: 4)));
        Write(Sku1, FactType.Confirmed, $$"""{"hold":"{{HoldId}}","generation":4,"sold":1,"freed":0}""", OperationId.Of("o", "confirm", "1"));
        Close();
        Assert.Empty(Judge());
    }

    [Fact]
    public void More_holds_than_units_break_P1()
    {
        Shelf(Sku1, units: 1);
        Held("a");
        Held("b", shopper: "li");
        AssertBroken("P1", "below zero");
    }

    [Fact]
    public void Confirmation_that_loses_a_unit_breaks_P1()
    {
        Shelf(Sku1, units: 2);
        Held("a", quantity: 2);
        Write(Sku1, FactType.Confirmed, """{"hold":"a","generation":4,"sold":1,"freed":0}""");
        AssertBroken("P1", "of 2 units");
    }

    [Fact]
    public void Answer_without_a_durable_claim_breaks_P2()
    {
        Shelf(Sku1, units: 2);
        Held(HoldId, operation: Tap);
        Tell(Told(Accepted(generation: 4)));
        Claimed(HoldId, generation: 4); // Durable, but only after the answer had left.
        AssertBroken("P2", "no durable claim");
    }

    [Fact]
    public void Repeat_with_another_answer_breaks_P3()
    {
        Shelf(Sku1, units: 2);
        Held(HoldId, operation: Tap);
        Claimed(HoldId, generation: 4);
        Tell(Told(Accepted(generation: 4)));
        Tell(Told(Accepted(generation: 4) with { Hold = Accepted(4).Hold! with { ExpiresAt = Opening.AddSeconds(99) } }));
        AssertBroken("P3", "not verbatim");
    }

    [Fact]
    public void Repeat_that_is_refused_breaks_P3()
    {
        Shelf(Sku1, units: 2);
        Held(HoldId, operation: Tap);
        Claimed(HoldId, generation: 4);
        Tell(Told(Accepted(generation: 4)));
        Tell(Told(new StockResult(Status.Closed)));
        AssertBroken("P3", "repeats");
    }

    [Fact]
    public void Adjustment_with_two_effects_breaks_P3()
    {
        var operation = OperationId.Of("operator:", "adjust:sku1", "key");
        Shelf(Sku1, units: 1);
        Write(Sku1, FactType.Received, """{"quantity":1,"reason":"receipt"}""", operation);
        Write(Sku1, FactType.Received, """{"quantity":1,"reason":"receipt"}""", operation);
        AssertBroken("P3", "had its effect before");
    }

    [Fact]
    public void Key_that_acts_in_two_skus_breaks_P3()
    {
        Shelf(Sku1, units: 1);
        Shelf(Sku2, units: 1);
        Receive(Sku1, "sku1", "a");
        KeyEvent(FactType.KeySettled, "{}", "a");
        Receive(Sku2, "sku2", "b");
        AssertBroken("P3", "the key stands for");
    }

    [Fact]
    public void Key_that_was_told_of_what_never_was_breaks_P3()
    {
        Shelf(Sku1, units: 1);
        KeyEvent(FactType.KeyBound, """{"sku":"sku1","delta":1,"reason":"receipt","told":null}""", "a");
        KeyEvent(FactType.KeySettled, "{}", "a");
        AssertBroken("P3", "the stock has");
    }

    [Fact]
    public void Key_of_a_refused_adjustment_that_was_not_given_up_is_not_free()
    {
        Shelf(Sku1, units: 1);
        KeyEvent(FactType.KeyBound, """{"sku":"sku1","delta":-5,"reason":"broken","told":null}""", "a");
        KeyEvent(FactType.KeyRefused, "{}", "a");
        KeyEvent(FactType.KeyFreed, """{"status":"Conflict"}""", "a");
        AssertBroken("P3", "was not given up");
    }

    [Fact]
    public void Adjustment_that_its_key_no_longer_stands_for_breaks_P3()
    {
        Shelf(Sku1, units: 1);
        KeyEvent(FactType.KeyBound, """{"sku":"sku1","delta":1,"reason":"receipt","told":null}""", "a");
        KeyEvent(FactType.KeyFreed, """{"status":"Conflict"}""", "a");
        Write(Sku1, FactType.Received, """{"quantity":1,"reason":"receipt"}""", OperationId.Of("operator:", "adjust", "a"));
        AssertBroken("P3", "no key stands for");
    }

    [Fact]
    public void Withdrawal_refused_while_there_are_units_was_never_true()
    {
        Shelf(Sku1, units: 1);
        Receive(Sku1, "sku1", "a");
        Tell(new AdjustTold(Key, new Sku("sku1"), -1, new StockResult(Status.Conflict)));
        AssertBroken("truth", "was never true");
    }

    [Fact]
    public void Figures_of_an_adjustment_that_the_journal_does_not_have_break_P8()
    {
        Shelf(Sku1, units: 1);
        Receive(Sku1, "sku1", "a");
        KeyEvent(FactType.KeySettled, "{}", "a");
        Tell(new AdjustTold(Key, new Sku("sku1"), 1, new StockResult(Status.Accepted, View: new StockView(new Sku("sku1"), true, 7, 0, 7, [], 1, 4))));
        AssertBroken("P8", "the journal says");
    }

    [Fact]
    public void Adjustment_of_another_sku_under_a_used_key_breaks_P3()
    {
        Shelf(Sku1, units: 1);
        Receive(Sku1, "sku1", "a");
        KeyEvent(FactType.KeySettled, "{}", "a");
        Tell(new AdjustTold(Key, new Sku("sku1"), 1, new StockResult(Status.Accepted)));
        Tell(new AdjustTold(Key, new Sku("sku2"), 1, new StockResult(Status.Conflict)));
        AssertBroken("P3", "uses the key of");
    }

    [Fact]
    public void Generation_with_two_ends_breaks_P3()
    {
        Shelf(Sku1, units: 2);
        Held("a");
        Write(Sku1, FactType.Expired, """{"hold":"a","generation":4,"quantity":1}""");
        Write(Sku1, FactType.Released, """{"hold":"a","generation":4,"quantity":1,"cause":"Shopper","owned":0}""");
        AssertBroken("P3", "has ended");
    }

    [Fact]
    public void Hold_that_outlives_its_time_breaks_P4()
    {
        Shelf(Sku1, units: 2);
        Held("a");
        AssertBroken("P4", "still lives");
    }

    [Fact]
    public void Units_in_a_closed_pool_break_P4()
    {
        Shelf(Sku1, units: 2);
        Write(Sku1, FactType.PoolClosed, """{"campaign":"drop","version":3,"returned":1}""");
        AssertBroken("P4", "keeps 1 units");
    }

    [Fact]
    public void Claims_over_the_limit_in_two_skus_break_P5()
    {
        Shelf(Sku1, units: 5);
        Shelf(Sku2, units: 5);
        Held("a", quantity: 2);
        Held("b", quantity: 1, ledger: Sku2);
        Claimed("a", generation: 4, quantity: 2);
        Claimed("b", generation: 4, sku: "sku2");
        AssertBroken("P5", "3 units claimed, limit 2");
    }

    [Fact]
    public void Claim_that_ends_while_the_hold_lives_breaks_P5()
    {
        Shelf(Sku1, units: 5);
        Held("a");
        Claimed("a", generation: 4);
        Write(Mei, FactType.ClaimEnded, """{"hold":"a","generation":4,"state":"expired","quantity":1}""");
        AssertBroken("P5", "the stock says otherwise");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3600)]
    public void Hold_outside_of_the_window_breaks_P6(int second)
    {
        Shelf(Sku1, units: 2);
        _now = TimeSpan.FromSeconds(second);
        Held("a");
        AssertBroken("P6", "outside of the window");
    }

    [Fact]
    public void Hold_in_a_frozen_pool_breaks_P6()
    {
        Shelf(Sku1, units: 2);
        Write(Sku1, FactType.PoolFrozen, """{"campaign":"drop","version":2}""");
        Held("a");
        AssertBroken("P6", "frozen");
    }

    [Fact]
    public void Hold_that_expires_before_its_time_breaks_P6()
    {
        Shelf(Sku1, units: 2);
        Held("a");
        _now = TimeSpan.FromSeconds(4);
        Write(Sku1, FactType.Expired, """{"hold":"a","generation":4,"quantity":1}""");
        AssertBroken("P6", "before");
    }

    [Fact]
    public void Sold_out_in_a_frozen_pool_breaks_P7()
    {
        Shelf(Sku1, units: 1);
        Held("a");
        Write(Sku1, FactType.PoolFrozen, """{"campaign":"drop","version":2}""");
        Tell(Told(new StockResult(Status.SoldOut)));
        AssertBroken("P7", "was never true");
    }

    [Fact]
    public void Closed_before_the_opening_breaks_P7()
    {
        Shelf(Sku1, units: 1);
        Write(Sku1, FactType.PoolClosed, """{"campaign":"drop","version":2,"returned":1}""");
        _now = TimeSpan.FromSeconds(-10);
        _clocks.Shown("p1", _now, Opening + _now);
        _clocks.Shown("p1", TimeSpan.FromSeconds(-9), Opening.AddSeconds(-9));
        Tell(Told(new StockResult(Status.Closed)));
        AssertBroken("P7", "was never true");
    }

    [Fact]
    public void Release_that_nobody_asked_for_breaks_P3()
    {
        Shelf(Sku1, units: 2);
        Held(HoldId, operation: Tap);
        Claimed(HoldId, generation: 4);
        _history.GivesBack(new HoldId(OperationId.Of("li", "hold", "tap")));
        Write(Sku1, FactType.Released, $$"""{"hold":"{{HoldId}}","generation":4,"quantity":1,"cause":"Shopper","owned":0}""");
        AssertBroken("P3", "nobody has asked");
    }

    [Fact]
    public void Overloaded_after_all_it_happened_breaks_P3()
    {
        Shelf(Sku1, units: 2);
        _history.Asked(Tap);
        Held(HoldId, operation: Tap);
        Tell(Told(new StockResult(Status.Overloaded)));
        AssertBroken("P3", "nothing was to happen");
    }

    [Fact]
    public void Refusal_for_a_limit_that_is_not_reached_is_no_truth()
    {
        Shelf(Sku1, units: 2);
        Held("a");
        Write(Mei, FactType.ClaimRefused, """{"hold":"a","sku":"sku1","generation":4,"campaign":"drop","status":"LimitReached","limit":2,"owned":0}""");
        AssertBroken("truth", "limit 2");
    }

    [Fact]
    public void Claim_under_a_limit_that_the_hold_was_not_granted_under_breaks_P5()
    {
        Shelf(Sku1, units: 9);
        Held("a", quantity: 2);
        Shelf(Sku2, units: 9);
        Held("b", ledger: Sku2);
        Claimed("a", generation: 4, quantity: 2);
        Claimed("b", generation: 4, sku: "sku2", limit: 9);
        AssertBroken("P5", "limit 2");
    }

    [Fact]
    public void Snapshot_of_events_that_are_not_durable_breaks_P8()
    {
        Shelf(Sku1, units: 2);
        _snapshots.Add(Snapshot(seq: 4, available: 2, durable: 3));
        AssertBroken("P8", "of which 3 are durable");
    }

    [Fact]
    public void Snapshot_that_is_not_the_fold_breaks_P8()
    {
        Shelf(Sku1, units: 2);
        _snapshots.Add(Snapshot(seq: 3, available: 1, durable: 3));
        AssertBroken("P8", "the snapshot of 3 says");
    }

    [Fact]
    public void Snapshot_that_is_the_fold_breaks_nothing()
    {
        Shelf(Sku1, units: 2);
        Write(Sku1, FactType.PoolClosed, """{"campaign":"drop","version":3,"returned":2}""");
        Write(Drop, FactType.CampaignClosed, """{"version":2}""");
        _snapshots.Add(Snapshot(seq: 3, available: 2, durable: 4));
        Assert.Empty(Judge());
    }

    [Fact]
    public void Gap_in_a_ledger_breaks_P8()
    {
        Shelf(Sku1, units: 2);
        _seqs[Sku1]++;
        Held("a");
        AssertBroken("P8", "was due");
    }

    [Fact]
    public void Sold_out_that_never_was_is_no_truth()
    {
        Shelf(Sku1, units: 1);
        Tell(Told(new StockResult(Status.SoldOut)));
        AssertBroken("truth", "was never true");
    }

    private static StockResult Accepted(long generation) => new(
        Status.Accepted,
        new HoldInfo(new HoldId(Tap), generation, new ShopperId("mei"), new CampaignId("drop"), new Sku("sku1"), 1, Opening.AddSeconds(5), 2, Money.None, HoldState.Held));

    private static HoldTold Told(StockResult result) => new(new ShopperId("mei"), new CampaignId("drop"), new Sku("sku1"), 1, "tap", result);

    private void Tell(Told told)
    {
        _now += TimeSpan.FromMilliseconds(10);
        _history.Add(told with { AskedAt = _now, AnsweredAt = _now + TimeSpan.FromMilliseconds(5), Durable = _commits.Count });
        _now += TimeSpan.FromMilliseconds(10);
    }

    // Three events: the next one is number 4.
    private void Shelf(string ledger, int units)
    {
        Write(ledger, FactType.Registered, "{}");
        Write(ledger, FactType.Received, $$"""{"quantity":{{units}},"reason":"receipt"}""");
        Write(ledger, FactType.PoolConfigured, $$"""{"campaign":"drop","version":1,"onSale":true,"frozen":false,"moved":{{units}},"opensAt":"{{Opening:O}}","closesAt":"{{Opening.AddHours(1):O}}","limitPerShopper":2,"holdSeconds":5,"price":{"amount":0,"currency":"CNY"} }""");
    }

    private void Held(string hold, string shopper = "mei", int quantity = 1, string ledger = Sku1, OperationId? operation = null) => Write(
        ledger,
        FactType.Held,
        $$"""{"hold":"{{hold}}","shopper":"{{shopper}}","campaign":"drop","quantity":{{quantity}},"expiresAt":"{{Opening.AddSeconds(5):O}}","limit":2,"price":{"amount":0,"currency":"CNY"} }""",
        operation ?? OperationId.Of("any", "hold", hold));

    private void Claimed(string hold, long generation, int quantity = 1, string sku = "sku1", int limit = 2) => Write(
        Mei,
        FactType.Claimed,
        $$"""{"hold":{"id":"{{hold}}","generation":{{generation}},"shopper":"mei","campaign":"drop","sku":"{{sku}}","quantity":{{quantity}},"limit":{{limit}}} }""");

    private static WrittenSnapshot Snapshot(long seq, long available, long durable) => new(
        Sku1,
        new Snapshot(seq, 1, Encoding.UTF8.GetBytes($$"""{"received":2,"withdrawn":0,"general":0,"pools":[{"pool":{"campaign":"drop","available":{{available}},"held":0,"sold":0} }],"holds":[]}""")),
        new LedgerHead(1, durable));

    private void Receive(string ledger, string sku, string operation)
    {
        KeyEvent(FactType.KeyBound, $$"""{"sku":"{{sku}}","delta":1,"reason":"receipt","told":null}""", operation);
        Write(ledger, FactType.Received, """{"quantity":1,"reason":"receipt"}""", OperationId.Of("operator:", "adjust", operation));
    }

    private void KeyEvent(FactType type, string payload, string operation) =>
        Write($"operator/key-{Key}", type, payload, OperationId.Of("operator:", "adjust", operation));

    private void Close()
    {
        Write(Drop, FactType.CampaignClosed, """{"version":2}""");
        Write(Sku1, FactType.PoolClosed, """{"campaign":"drop","version":2,"returned":1}""");
    }

    private void Write(string ledger, FactType type, string payload, OperationId? operation = null)
    {
        var seq = _seqs[ledger] = _seqs.GetValueOrDefault(ledger) + 1;
        _commits.Add(new Commit(_commits.Count, _now, ledger, new EventRow(seq, Opening + _now, operation?.ToString(), (int)type, payload)));
    }

    private IReadOnlyList<string> Judge()
    {
        var findings = new Findings();
        var books = new Books(_commits, _seqs.Select(s => (s.Key, new LedgerHead(1, s.Value))), findings);
        books.Check(_snapshots);
        new AnswerCheck(books, _history, _calls, _clocks, calmAt: TimeSpan.Zero, findings).Run();
        SettledCheck.Run(books, _clocks, TimeSpan.Zero, TimeSpan.FromHours(2), findings);
        return findings.Broken;
    }

    private void AssertBroken(string promise, string why) =>
        Assert.Contains(Judge(), b => b.StartsWith(promise + ":", StringComparison.Ordinal) && b.Contains(why, StringComparison.Ordinal));
}
