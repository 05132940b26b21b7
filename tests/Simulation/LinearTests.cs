using FlashSale.Contracts;
using FlashSale.Grains.Journal;

namespace FlashSale.Simulation.Tests;

/// <summary>Histories of one SKU, made by hand: one order fits, or none does.</summary>
public sealed class LinearTests
{
    private const string Ledger = "stock/sku-sku1";

    private static readonly Sku Sku1 = new("sku1");
    private static readonly CampaignId Drop = new("drop");
    private static readonly DateTimeOffset Opening = SimScheduler.Epoch;

    private readonly List<Commit> _commits = [];
    private readonly List<StockCall> _calls = [];
    private readonly Clocks _clocks = new();

    public LinearTests()
    {
        _clocks.Shown("p1", TimeSpan.Zero, Opening);
        for (var second = 1; second <= 20; second++) _clocks.Shown("p1", Seconds(second), Opening.AddSeconds(second));
        Write(0.1, FactType.Registered, "{}");
        Write(0.2, FactType.Received, """{"quantity":2,"reason":"receipt"}""");
        Write(0.3, FactType.PoolConfigured, $$"""{"campaign":"drop","version":1,"onSale":true,"frozen":false,"moved":2,"opensAt":"{{Opening:O}}","closesAt":"{{Opening.AddHours(1):O}}","limitPerShopper":2,"holdSeconds":5,"price":{"amount":0,"currency":"CNY"} }""");
    }

    [Fact]
    public void Requests_that_overlap_fit_in_either_order()
    {
        Reserve("mei", 1, 3, generation: 5, expiresAt: 7.5);
        Reserve("li", 1, 3, generation: 4, expiresAt: 7);
        View(1.5, 2.5, available: 1, held: 1);
        View(4, 4.1, available: 0, held: 2);
        Refused("wang", 4, 4.1, new StockResult(Status.SoldOut, MayReturn: true));
        Assert.Empty(Judge());
    }

    [Fact]
    public void Figures_that_go_back_fit_no_order()
    {
        Reserve("mei", 1, 3, generation: 4, expiresAt: 7);
        View(1.5, 1.6, available: 1, held: 1);
        View(1.7, 1.8, available: 2, held: 0);
        AssertBroken();
    }

    [Fact]
    public void Refusal_while_a_unit_is_free_fits_no_order()
    {
        Reserve("mei", 1, 2, generation: 4, expiresAt: 6.5);
        Refused("wang", 3, 4, new StockResult(Status.SoldOut, MayReturn: true));
        AssertBroken();
    }

    [Fact]
    public void Three_holds_of_two_units_fit_no_order()
    {
        Reserve("mei", 1, 3, generation: 4, expiresAt: 7);
        Reserve("li", 1, 3, generation: 5, expiresAt: 7);
        Reserve("wang", 1, 3, generation: 6, expiresAt: 7);
        AssertBroken();
    }

    [Fact]
    public void Generations_told_against_the_order_of_time_fit_no_order()
    {
        Reserve("mei", 1, 2, generation: 5, expiresAt: 6.5);
        Reserve("li", 3, 4, generation: 4, expiresAt: 8.5);
        AssertBroken();
    }

    [Fact]
    public void Lower_refusal_than_the_first_that_applies_fits_no_order()
    {
        Write(0.5, FactType.PoolFrozen, """{"campaign":"drop","version":2}""");
        Reserve("mei", 0.35, 0.45, generation: 4, expiresAt: 5.4);
        Refused("mei", 1, 2, new StockResult(Status.LimitReached, Limit: 2, Owned: 1), quantity: 2);
        AssertBroken();
    }

    [Fact]
    public void Request_with_an_unknown_outcome_may_take_effect_at_any_time_after_it()
    {
        Unknown("mei", 1);
        View(3, 3.1, available: 2, held: 0);
        Held(5, "mei");
        View(6, 6.1, available: 1, held: 1);
        Assert.Empty(Judge());
    }

    [Fact]
    public void Effect_of_an_unknown_outcome_does_not_come_and_go()
    {
        Unknown("mei", 1);
        Held(5, "mei");
        View(2, 2.1, available: 1, held: 1);
        View(3, 3.1, available: 2, held: 0);
        AssertBroken();
    }

    [Fact]
    public void Expiry_takes_effect_when_it_is_durable()
    {
        Reserve("mei", 1, 2, generation: 4, expiresAt: 6.5);
        Write(7, FactType.Expired, $$"""{"hold":"{{Hold("mei")}}","generation":4,"quantity":1}""");
        View(6.5, 6.9, available: 1, held: 1);
        View(7.1, 7.2, available: 2, held: 0);
        Assert.Empty(Judge());
        View(7.3, 7.4, available: 1, held: 1);
        AssertBroken();
    }

    [Fact]
    public void Order_that_is_not_found_within_the_bound_is_undecided()
    {
        var ops = Enumerable.Range(0, 9).Select(i => new LinearOp($"{i}", TimeSpan.Zero, Seconds(1), null, shelf =>
            i == 8 ? (shelf.General == 8 ? shelf with { General = -1 } : null) : shelf with { General = shelf.General + 1 }));
        Assert.Equal(Linearized.Undecided, new LinearSearch(ops, nodesMost: 3).Run());
        Assert.Equal(Linearized.Yes, new LinearSearch(ops, nodesMost: 1_000).Run());
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    private static OperationId Tap(string shopper) => OperationId.Of(shopper, "hold", "tap");

    private static string Hold(string shopper) => new HoldId(Tap(shopper)).ToString();

    private static Reserve Request(string shopper, int quantity = 1) => new(Tap(shopper), new ShopperId(shopper), Drop, quantity);

    private void Reserve(string shopper, double asked, double answered, long generation, double expiresAt)
    {
        var hold = new HoldInfo(new HoldId(Tap(shopper)), generation, new ShopperId(shopper), Drop, Sku1, 1, Opening.AddSeconds(expiresAt), 2, Money.None, HoldState.Held);
        Call(Request(shopper), asked, answered, new StockResult(Status.Accepted, hold));
    }

    private void Refused(string shopper, double asked, double answered, StockResult result, int quantity = 1) =>
        Call(Request(shopper, quantity) with { Operation = OperationId.Of(shopper, "hold", "another") }, asked, answered, result);

    private void Unknown(string shopper, double asked) => _calls.Add(new StockCall(Sku1, Request(shopper), Seconds(asked)));

    private void View(double asked, double answered, long available, long held) =>
        Call(new ViewQuestion(), asked, answered, new StockView(Sku1, true, 2, 0, 0, [new PoolView(Drop, available, held, 0)], 1, 0));

    private void Call(object question, double asked, double answered, object answer) =>
        _calls.Add(new StockCall(Sku1, question, Seconds(asked)) { Answer = answer, AnsweredAt = Seconds(answered) });

    private void Held(double at, string shopper) => Write(
        at,
        FactType.Held,
        $$"""{"hold":"{{Hold(shopper)}}","shopper":"{{shopper}}","campaign":"drop","quantity":1,"expiresAt":"{{Opening.AddSeconds(at + 5):O}}","limit":2,"price":{"amount":0,"currency":"CNY"} }""",
        Tap(shopper));

    private void Write(double at, FactType type, string payload, OperationId? operation = null) =>
        _commits.Add(new Commit(_commits.Count, Seconds(at), Ledger, new EventRow(_commits.Count + 1, Opening.AddSeconds(at), operation?.ToString(), (int)type, payload)));

    private IReadOnlyList<string> Judge()
    {
        var findings = new Findings();
        LinearCheck.Run(_commits, _calls, _clocks, findings);
        Assert.Equal(0, findings.Undecided);
        return findings.Broken;
    }

    private void AssertBroken() => Assert.Contains(Judge(), b => b.StartsWith("linear: sku1: no order", StringComparison.Ordinal));
}
