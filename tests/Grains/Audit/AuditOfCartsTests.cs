using FlashSale.Contracts;
using static FlashSale.Grains.Tests.Audit.AuditJournal;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Each promise about claims, proved able to fail.</summary>
public sealed class AuditOfCartsTests : IDisposable
{
    private readonly AuditJournal _journal = new();

    public AuditOfCartsTests()
    {
        _journal.Sku("a", received: 10, pool: 5);
        _journal.Sku("b", received: 10, pool: 5);
    }

    public void Dispose() => _journal.Dispose();

    [Fact]
    public async Task More_than_the_limit_over_two_SKUs_breaks_P5()
    {
        _journal.Claimed(1.1, _journal.Held("a", 1, "mei", "k1", quantity: 2));
        _journal.Claimed(2.1, _journal.Held("b", 2, "mei", "k2"));
        (await _journal.Audit()).Breaks(
            "P5",
            "cart/shopper-mei 2: 3 units of campaign drop are claimed or bought, the limit is 2",
            "cart/shopper-mei: 3 units of campaign drop are held or bought by claims");
    }

    [Fact]
    public async Task More_than_the_limit_for_a_while_breaks_P5()
    {
        var first = _journal.Held("a", 1, "mei", "k1", quantity: 2);
        _journal.Claimed(1.1, first);
        _journal.Claimed(2.1, _journal.Held("b", 2, "mei", "k2"));
        _journal.Released(3, first);
        _journal.ClaimEnded(3.1, first, HoldState.Released);
        (await _journal.Audit()).Breaks("P5", "cart/shopper-mei 2: 3 units");
    }

    [Fact]
    public async Task A_lower_limit_later_holds()
    {
        _journal.Claimed(1.1, _journal.Held("a", 1, "mei", "k1", quantity: 2));
        _journal.Stock("a", 2, Configured(0, limit: 1, version: 2));
        (await _journal.Audit()).AllHold();
    }

    [Fact]
    public async Task Freeing_a_claim_that_the_stock_still_holds_breaks_P3_and_P5()
    {
        var first = _journal.Held("a", 1, "mei", "k1", quantity: 2);
        _journal.Claimed(1.1, first);
        _journal.ClaimEnded(1.2, first, HoldState.Expired);
        _journal.Claimed(2.1, _journal.Held("b", 2, "mei", "k2", quantity: 2));
        (await _journal.Audit()).Breaks(
            "P3 P5", "cart/shopper-mei 2: the cart was told Expired of 2; in the stock generation 4 is Held", "4 units of campaign drop are held or bought by claims");
    }

    [Fact]
    public async Task A_claim_of_nothing_breaks_P3()
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Claimed(1.1, hold with { Generation = 3 });
        (await _journal.Audit()).Breaks("P3", "cart/shopper-mei 1: the claim is of generation 3 in a, which the stock never granted");
    }

    [Fact]
    public async Task A_claim_of_another_hold_s_generation_breaks_P3()
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Claimed(1.1, hold with { Id = HoldOf("mei", "k2") });
        (await _journal.Audit()).Breaks("P3", "which the stock never granted");
    }

    public static TheoryData<string, string> Differences => new()
    {
        { "quantity", "generation 4 holds 1 and sold 0 units, its claim is of 2 Held" },
        { "state", "its claim is of 1 Confirmed" },
        { "expiresAt", "its claim says" },
        { "limit", "has limit 2 and price 79900 CNY, its claim 9 and 79900 CNY" },
        { "price", "has limit 2 and price 79900 CNY, its claim 2 and 1 CNY" },
        { "campaign", "was granted to mei in drop, claimed by mei in other" },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public async Task A_claim_that_says_other_things_than_its_grant_breaks_P3(string member, string detail)
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Claimed(1.1, member switch
        {
            "quantity" => hold with { Quantity = 2 },
            "state" => hold with { State = HoldState.Confirmed },
            "expiresAt" => hold with { ExpiresAt = hold.ExpiresAt.AddMilliseconds(1) },
            "limit" => hold with { Limit = 9 },
            "price" => hold with { Price = new Money(1, "CNY") },
            _ => hold with { Campaign = new CampaignId("other") },
        });
        var report = await _journal.Audit();
        Assert.Contains(detail, report.Promise("P3").Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_claim_in_another_shopper_s_cart_breaks_P3()
    {
        _journal.Claimed(1.1, _journal.Held("a", 1, "mei", "k1"), cart: "bo");
        (await _journal.Audit()).Breaks("P3", "cart/shopper-bo 1: a claim of shopper mei");
    }

    [Fact]
    public async Task One_hold_id_claimed_in_two_SKUs_breaks_P3()
    {
        _journal.Claimed(1.1, _journal.Held("a", 1, "mei", "k1"));
        _journal.Claimed(2.1, _journal.Held("b", 2, "mei", "k1"));
        (await _journal.Audit()).Breaks("P3", "cart/shopper-mei 2: one hold id is claimed in a and b");
    }

    [Fact]
    public async Task A_generation_claimed_twice_breaks_P3()
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Claimed(1.1, hold);
        _journal.Claimed(1.2, hold);
        (await _journal.Audit()).Breaks("P3", "cart/shopper-mei 2: generation 4 in a is claimed twice");
    }

    [Fact]
    public async Task A_generation_claimed_and_refused_breaks_P3()
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Claimed(1.1, hold);
        _journal.Refused(1.2, hold);
        (await _journal.Audit()).Breaks("P3", "cart/shopper-mei 2: generation 4 in a is claimed and refused");
    }

    [Fact]
    public async Task Two_claimed_generations_of_one_hold_break_P3()
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Claimed(1.1, hold);
        _journal.Released(2, hold);
        _journal.Claimed(3.1, _journal.Held("a", 3, "mei", "k1"));
        (await _journal.Audit()).Breaks("P3", "cart/shopper-mei 2: generations 4 and 6 of one hold are claimed", "no cart has refused generation 4");
    }

    [Fact]
    public async Task A_refusal_of_nothing_breaks_P3()
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Refused(1.1, hold with { Sku = new Sku("b") });
        (await _journal.Audit()).Breaks("P3", "cart/shopper-mei 1: the refusal is of generation 4 in b, which the stock never granted");
    }

    [Fact]
    public async Task An_end_of_what_is_not_claimed_breaks_P3()
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Released(2, hold);
        _journal.ClaimEnded(2.1, hold, HoldState.Released);
        (await _journal.Audit()).Breaks("P3", "cart/shopper-mei 1: the end is of generation 4, which is not claimed");
    }

    [Theory]
    [InlineData(HoldState.Expired, 1)]
    [InlineData(HoldState.Confirmed, 1)]
    [InlineData(HoldState.Held, 1)]
    [InlineData(HoldState.Released, 2)]
    public async Task An_end_that_the_stock_tells_otherwise_breaks_P3(HoldState state, int quantity)
    {
        var hold = _journal.Held("a", 1, "mei", "k1");
        _journal.Claimed(1.1, hold);
        _journal.Released(2, hold);
        _journal.ClaimEnded(2.1, hold, state, quantity);
        (await _journal.Audit()).Breaks("P3", $"cart/shopper-mei 2: the cart was told {state} of {quantity}; in the stock generation 4 is Released, 1 held");
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(0, false)]
    public async Task A_sold_quantity_is_true_before_and_after_a_refund(int quantity, bool holds)
    {
        using var journal = new AuditJournal();
        journal.Sku("a", received: 10, pool: 5, limit: 9);
        var hold = journal.Held("a", 1, "mei", "k1", quantity: 3, limit: 9);
        journal.Claimed(1.1, hold);
        journal.Confirmed(2, hold, sold: 2);
        journal.Refunded(3, hold, 1, restock: true);
        if (quantity > 0) journal.ClaimEnded(3.1, hold, HoldState.Confirmed, quantity);
        else journal.ClaimEnded(3.1, hold, HoldState.Expired, quantity: 3);
        var report = await journal.Audit();
        if (holds) report.AllHold();
        else report.Breaks("P3", "in the stock generation 4 is Confirmed, 3 held, 2 sold");
    }
}
