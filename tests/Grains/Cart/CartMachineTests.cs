using FlashSale.Contracts;
using FlashSale.Grains.Cart;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Cart;

public class CartMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);
    private readonly CartMachine _machine = new();
    private readonly List<CartEvent> _events = [];
    private CartState _cart = new();
    private long _seq;

    [Fact]
    public void Claim_within_the_limit_is_accepted_and_its_answer_is_final()
    {
        var hold = HoldOf("tap");
        Assert.Equal((Status.Accepted, hold), (Do(new ClaimHold(hold, Asked: true)).Status, Do(new ClaimHold(hold, Asked: true)).Hold));
        Assert.Equal(1, _seq);
    }

    [Fact]
    public void Claims_over_all_skus_of_a_campaign_stay_within_the_limit()
    {
        Do(new ClaimHold(HoldOf("one", sku: "a", quantity: 2), Asked: true));
        var refused = Do(new ClaimHold(HoldOf("two", sku: "b", quantity: 2), Asked: true));
        Assert.Equal((Status.LimitReached, 3, 2), (refused.Status, refused.Limit, refused.Owned));
        Assert.Equal(Status.Accepted, Do(new ClaimHold(HoldOf("three", sku: "b", quantity: 1), Asked: true)).Status);
        Assert.Equal(Status.Accepted, Do(new ClaimHold(HoldOf("four", campaign: "another-drop", quantity: 3), Asked: true)).Status);
    }

    [Fact]
    public void Limit_is_not_refused_for_good_before_the_stock_was_asked()
    {
        Do(new ClaimHold(HoldOf("one", quantity: 3), Asked: true));
        var early = Do(new ClaimHold(HoldOf("two"), Asked: false));
        Assert.Equal((Status.LimitReached, 3, 3), (early.Status, early.Limit, early.Owned));
        Assert.Equal(1, _seq);
    }

    [Fact]
    public void Key_of_a_hold_in_one_campaign_buys_in_no_other()
    {
        Do(new ClaimHold(HoldOf("tap"), Asked: true));
        Assert.Equal(Status.IdempotencyMismatch, Do(new ClaimHold(HoldOf("tap", campaign: "another-drop", generation: 9), Asked: true)).Status);
        Assert.Equal(Status.IdempotencyMismatch, Do(new RefuseHold(HoldOf("tap", campaign: "another-drop", generation: 9))).Status);
    }

    [Fact]
    public void What_the_stock_told_earlier_does_not_undo_what_it_told_later()
    {
        var hold = HoldOf("tap", quantity: 3);
        Do(new ClaimHold(hold, Asked: true));
        foreach (var (state, quantity) in new[] { (HoldState.Expired, 3), (HoldState.Confirmed, 3), (HoldState.Expired, 3), (HoldState.Confirmed, 1), (HoldState.Confirmed, 3) })
        {
            Do(new EndClaim(new HoldRef(hold.Id, hold.Generation), state, quantity));
        }

        Assert.Equal(1, _cart.Owned(hold.Campaign, except: default));
    }

    [Fact]
    public void What_the_stock_told_before_is_no_news()
    {
        var hold = HoldOf("tap", quantity: 3);
        Do(new ClaimHold(hold, Asked: true));
        foreach (var (state, quantity, news) in new[] { (HoldState.Expired, 3, 2), (HoldState.Expired, 3, 2), (HoldState.Confirmed, 2, 3), (HoldState.Confirmed, 2, 3) })
        {
            Assert.Equal(Status.Accepted, Do(new EndClaim(new HoldRef(hold.Id, hold.Generation), state, quantity)).Status);
            Assert.Equal(news, _seq);
        }
    }

    [Fact]
    public void Claims_and_refusals_carry_the_operation_of_their_hold()
    {
        var claimed = HoldOf("one", quantity: 3);
        var refused = HoldOf("two");
        Do(new ClaimHold(claimed, Asked: true));
        Do(new ClaimHold(refused, Asked: true));
        Assert.Equal(claimed.Id.Operation, Assert.IsType<Claimed>(_events[0]).Operation);
        Assert.Equal(refused.Id.Operation, Assert.IsType<ClaimRefused>(_events[1]).Operation);
    }

    [Fact]
    public void Refusal_is_final_for_its_generation_and_open_for_the_next_one()
    {
        var first = HoldOf("first", quantity: 3);
        Do(new ClaimHold(first, Asked: true));
        var refused = HoldOf("second", quantity: 1, generation: 5);
        Assert.Equal(Status.LimitReached, Do(new ClaimHold(refused, Asked: true)).Status);
        Do(new EndClaim(new HoldRef(first.Id, first.Generation), HoldState.Released, 3));
        Assert.Equal(Status.LimitReached, Do(new ClaimHold(refused, Asked: true)).Status);
        Assert.Equal(Status.Accepted, Do(new ClaimHold(refused with { Generation = 9 }, Asked: true)).Status);
    }

    [Theory]
    [InlineData(HoldState.Released, 3, Status.Accepted)]
    [InlineData(HoldState.Expired, 3, Status.Accepted)]
    [InlineData(HoldState.Confirmed, 3, Status.LimitReached)]
    [InlineData(HoldState.Confirmed, 1, Status.Accepted)]
    public void Ended_claims_stop_counting_and_bought_units_go_on(HoldState end, int quantity, Status next)
    {
        var hold = HoldOf("first", quantity: 3);
        Do(new ClaimHold(hold, Asked: true));
        Do(new EndClaim(new HoldRef(hold.Id, hold.Generation), end, quantity));
        Assert.Equal(next, Do(new ClaimHold(HoldOf("second", quantity: 2), Asked: true)).Status);
    }

    [Fact]
    public void Key_of_a_claimed_hold_buys_in_no_other_sku()
    {
        Do(new ClaimHold(HoldOf("tap", sku: "a"), Asked: true));
        Assert.Equal(Status.IdempotencyMismatch, Do(new ClaimHold(HoldOf("tap", sku: "b"), Asked: true)).Status);
        Assert.Equal(Status.IdempotencyMismatch, Do(new RefuseHold(HoldOf("tap", sku: "b"))).Status);
        Assert.Equal(Status.Accepted, Do(new ClaimHold(HoldOf("tap", sku: "a"), Asked: true)).Status);
    }

    [Fact]
    public void Refused_generation_can_never_be_claimed()
    {
        var hold = HoldOf("tap");
        Assert.Equal(Status.Gone, Do(new RefuseHold(hold)).Status);
        Assert.Equal(Status.Gone, Do(new ClaimHold(hold, Asked: true)).Status);
        Assert.Equal(Status.Accepted, Do(new ClaimHold(hold with { Generation = 2 }, Asked: true)).Status);
    }

    [Fact]
    public void Claimed_generation_cannot_be_refused_and_shows_the_first_answer()
    {
        var hold = HoldOf("tap");
        Do(new ClaimHold(hold, Asked: true));
        Do(new EndClaim(new HoldRef(hold.Id, hold.Generation), HoldState.Expired, 1));
        var kept = Do(new RefuseHold(hold with { State = HoldState.Expired }));
        Assert.Equal((Status.Accepted, hold), (kept.Status, kept.Hold));
    }

    [Fact]
    public void Generation_taken_anew_after_a_late_payment_counts_once_and_keeps_the_first_answer()
    {
        var hold = HoldOf("tap", quantity: 2);
        Do(new ClaimHold(hold, Asked: true));
        Do(new EndClaim(new HoldRef(hold.Id, 1), HoldState.Expired, 2));
        Assert.Equal(hold, Do(new ClaimHold(hold with { Generation = 7 }, Asked: true)).Hold);
        Assert.Equal(2, _cart.Owned(hold.Campaign, except: default));
        Assert.Equal(Status.Gone, Do(new EndClaim(new HoldRef(hold.Id, 1), HoldState.Released, 2)).Status);
    }

    [Fact]
    public void Snapshot_keeps_claims_and_refusals()
    {
        Do(new ClaimHold(HoldOf("one", quantity: 3), Asked: true));
        Do(new ClaimHold(HoldOf("two"), Asked: true));
        var read = CartCodec.Snapshots.Decode(CartCodec.Snapshots.Encode(_cart));
        Assert.Equal(_cart.Claims.Values, read.Claims.Values);
        Assert.Equal(_cart.Refusals.Values.Select(r => r with { Operation = null }), read.Refusals.Values);
    }

    private static HoldInfo HoldOf(string key, string sku = "a", string campaign = "drop", int quantity = 1, long generation = 1) => new(
        new HoldId(OperationId.Of("mei", "hold", key)), generation, new ShopperId("mei"), new CampaignId(campaign), new Sku(sku), quantity,
        Now.AddMinutes(10), Limit: 3, new Money(100, "CNY"), HoldState.Held);

    private ClaimResult Do(CartCommand command)
    {
        var decision = _machine.Decide(_cart, command, Now);
        _events.AddRange(decision.Events);
        foreach (var e in decision.Events) _cart = _machine.Apply(_cart, CartCodec.Events.Decode("cart/test", CartCodec.Events.Encode(e, new EventStamp(++_seq, Now))), new EventStamp(_seq, Now));
        return decision.Result;
    }
}
