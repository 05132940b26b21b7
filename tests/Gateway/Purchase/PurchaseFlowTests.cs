using FlashSale.Contracts;
using FlashSale.Gateway.Board;
using FlashSale.Gateway.Purchase;
using FlashSale.Testing;

namespace FlashSale.Gateway.Tests.Purchase;

public sealed class PurchaseFlowTests
{
    private readonly FakeGrains _grains = new();
    private readonly ManualTimeProvider _time = new();
    private readonly PurchaseFlow _flow;

    public PurchaseFlowTests()
    {
        _grains.Campaign().Board = Sample.Board;
        _flow = new PurchaseFlow(
            _grains.Factory,
            new StockClient(_grains.Factory, new StockClientOptions()),
            new BoardCache(_grains.Factory, _time, new BoardOptions()),
            new FakeLedgerClock(_time));
    }

    private FakeStock Stock => _grains.Stock();

    private FakeCart Cart => _grains.Cart();

    [Fact]
    public async Task A_granted_and_claimed_hold_is_accepted()
    {
        var result = await Hold();
        Assert.Equal(new StockResult(Status.Accepted, Sample.Hold()), result);
        Assert.Equal(Sample.Hold(), Assert.Single(Cart.Claims));
        Assert.Empty(Stock.Commands);
    }

    [Fact]
    public async Task The_operation_is_of_the_shopper_the_kind_and_the_key()
    {
        await Hold("another");
        Assert.Equal(
            new Reserve(OperationId.Of("mei", "hold", "another"), Sample.Shopper, Sample.Campaign, 1),
            Assert.Single(Stock.Requests));
    }

    public static TheoryData<StockResult> Refusals => new(
        new StockResult(Status.NotFound),
        new StockResult(Status.IdempotencyMismatch),
        new StockResult(Status.NotOpen, OpensAt: Sample.Start.AddSeconds(3)),
        new StockResult(Status.Closed),
        new StockResult(Status.Frozen),
        new StockResult(Status.LimitReached, Limit: 2, Owned: 2),
        new StockResult(Status.SoldOut, MayReturn: true),
        new StockResult(Status.Overloaded));

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_refusal_by_the_stock_is_passed_on_and_the_cart_is_not_asked(object refusal)
    {
        Stock.OnReserve = _ => (StockResult)refusal;
        Assert.Equal(refusal, await Hold());
        Assert.Empty(Cart.Claims);
    }

    [Fact]
    public async Task A_claim_refused_for_the_limit_releases_that_generation_and_tells_the_pool_what_the_shopper_owns()
    {
        Cart.OnClaim = _ => new ClaimResult(Status.LimitReached, Limit: 2, Owned: 2);
        Assert.Equal(new StockResult(Status.LimitReached, Limit: 2, Owned: 2), await Hold());
        Assert.Equal(new Release(new HoldRef(Sample.Hold().Id, 1), ReleaseCause.ClaimRefused, 2), Assert.Single(Stock.Commands));
    }

    [Fact]
    public async Task A_key_that_the_cart_knows_from_another_SKU_releases_that_generation()
    {
        Cart.OnClaim = _ => new ClaimResult(Status.IdempotencyMismatch);
        Assert.Equal(new StockResult(Status.IdempotencyMismatch), await Hold());
        Assert.Equal(new Release(new HoldRef(Sample.Hold().Id, 1), ReleaseCause.KeyUsedElsewhere), Assert.Single(Stock.Commands));
    }

    [Fact]
    public async Task A_repeat_of_a_live_hold_claims_it()
    {
        Stock.OnReserve = _ => new StockResult(Status.Accepted, Sample.Hold(), Repeated: true);
        Assert.Equal(Status.Accepted, (await Hold()).Status);
        Assert.Single(Cart.Claims);
        Assert.Empty(Cart.Refusals);
    }

    [Theory]
    [InlineData(HoldState.Released)]
    [InlineData(HoldState.Expired)]
    [InlineData(HoldState.Confirmed)]
    public async Task A_repeat_of_an_ended_hold_that_had_been_claimed_gets_the_first_answer_verbatim(object ended)
    {
        Stock.OnReserve = _ => new StockResult(Status.Accepted, Sample.Hold(state: (HoldState)ended) with { ExpiresAt = Sample.Start.AddHours(9) }, Repeated: true);
        Cart.OnRefuse = _ => new ClaimResult(Status.Accepted, Sample.Hold(state: (HoldState)ended));
        var result = await Hold();
        Assert.Equal((Status.Accepted, Sample.Hold()), (result.Status, result.Hold));
        Assert.Single(Stock.Requests);
        Assert.Empty(Stock.Commands);
        Assert.Empty(Cart.Claims);
    }

    [Fact]
    public async Task A_claimed_hold_that_ended_after_the_stock_answered_still_gets_the_first_answer()
    {
        Cart.OnClaim = hold => new ClaimResult(Status.Accepted, hold with { State = HoldState.Expired });
        Assert.Equal(Sample.Hold(), (await Hold()).Hold);
    }

    [Theory]
    [InlineData(HoldState.Released)]
    [InlineData(HoldState.Expired)]
    public async Task A_repeat_of_a_hold_that_ended_unclaimed_begins_a_new_generation(object ended)
    {
        Stock.OnReserve = request => request.RefusedGeneration == 0
            ? new StockResult(Status.Accepted, Sample.Hold(4, (HoldState)ended), Repeated: true)
            : new StockResult(Status.Accepted, Sample.Hold(9));
        var result = await Hold();
        Assert.Equal((Status.Accepted, 9L), (result.Status, result.Hold!.Generation));
        Assert.Equal(4, Assert.Single(Cart.Refusals).Generation);
        Assert.Equal([0L, 4L], Stock.Requests.Select(r => r.RefusedGeneration));
        Assert.Equal(9, Assert.Single(Cart.Claims).Generation);
        Assert.Empty(Stock.Commands);
    }

    [Fact]
    public async Task A_generation_that_was_refused_for_the_limit_and_released_begins_anew_because_refusals_are_not_remembered()
    {
        Stock.OnReserve = request => request.RefusedGeneration == 0
            ? new StockResult(Status.Accepted, Sample.Hold(4, HoldState.Released), Repeated: true)
            : new StockResult(Status.Accepted, Sample.Hold(9));
        Cart.OnRefuse = _ => new ClaimResult(Status.LimitReached, Limit: 1, Owned: 1);
        Assert.Equal(9, (await Hold()).Hold!.Generation);
    }

    [Fact]
    public async Task A_new_generation_may_be_refused_by_the_stock()
    {
        Stock.OnReserve = request => request.RefusedGeneration == 0
            ? new StockResult(Status.Accepted, Sample.Hold(4, HoldState.Expired), Repeated: true)
            : new StockResult(Status.SoldOut);
        Assert.Equal(Status.SoldOut, (await Hold()).Status);
    }

    [Fact]
    public async Task A_repeat_of_an_ended_hold_whose_key_belongs_to_another_SKU_is_a_mismatch_and_there_is_nothing_to_release()
    {
        Stock.OnReserve = _ => new StockResult(Status.Accepted, Sample.Hold(4, HoldState.Released), Repeated: true);
        Cart.OnRefuse = _ => new ClaimResult(Status.IdempotencyMismatch);
        Assert.Equal(Status.IdempotencyMismatch, (await Hold()).Status);
        Assert.Single(Stock.Requests);
        Assert.Empty(Stock.Commands);
    }

    [Fact]
    public async Task A_live_generation_that_the_cart_had_refused_is_released_and_begins_anew()
    {
        Stock.OnReserve = request => request.RefusedGeneration == 0
            ? new StockResult(Status.Accepted, Sample.Hold(4), Repeated: true)
            : new StockResult(Status.Accepted, Sample.Hold(9));
        Cart.OnClaim = hold => hold.Generation == 4 ? new ClaimResult(Status.Gone) : new ClaimResult(Status.Accepted, hold);
        Assert.Equal(9, (await Hold()).Hold!.Generation);
        Assert.Equal(new Release(new HoldRef(Sample.Hold().Id, 4), ReleaseCause.Shopper), Assert.Single(Stock.Commands));
        Assert.Equal([0L, 4L], Stock.Requests.Select(r => r.RefusedGeneration));
    }

    [Fact]
    public async Task Generations_that_never_settle_end_as_unknown()
    {
        Stock.OnReserve = request => new StockResult(Status.Accepted, Sample.Hold(request.RefusedGeneration + 1, HoldState.Expired), Repeated: true);
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Hold());
        Assert.Equal([0L, 1L, 2L, 3L], Stock.Requests.Select(r => r.RefusedGeneration));
    }

    [Fact]
    public async Task An_unknown_claim_is_unknown_and_releases_nothing_since_it_may_be_durable()
    {
        Cart.OnClaim = _ => throw new LedgerUnavailableException("fenced");
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Hold());
        Assert.Empty(Stock.Commands);
    }

    [Fact]
    public async Task A_full_queue_in_front_of_the_cart_is_unknown_because_units_are_reserved_by_then()
    {
        Cart.OnClaim = _ => throw new LedgerOverloadedException("full");
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Hold());
    }

    [Fact]
    public async Task A_full_queue_in_front_of_the_stock_is_overloaded_because_nothing_happened()
    {
        Stock.OnReserve = _ => throw new LedgerOverloadedException("full");
        await Assert.ThrowsAsync<LedgerOverloadedException>(() => Hold());
    }

    [Fact]
    public async Task A_refusal_whose_release_failed_is_unknown_so_that_the_repeat_releases()
    {
        Cart.OnClaim = _ => new ClaimResult(Status.LimitReached, Limit: 1, Owned: 1);
        Stock.OnExecute = _ => throw new LedgerUnavailableException("fenced");
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => Hold());
    }

    [Fact]
    public async Task An_unknown_campaign_is_not_found_after_one_fresh_look()
    {
        _grains.Campaign().Board = null;
        Assert.Equal(Status.NotFound, (await Hold()).Status);
        Assert.Equal(1, _grains.Campaign().Watches);
        Assert.Empty(Stock.Batches);
    }

    [Fact]
    public async Task A_campaign_made_after_a_look_denied_it_is_found_by_the_next_request()
    {
        _grains.Campaign().Board = null;
        Assert.Equal(Status.NotFound, (await Hold()).Status);
        _grains.Campaign().Board = Sample.Board;
        Assert.Equal(Status.Accepted, (await Hold()).Status);
    }

    [Fact]
    public async Task A_SKU_that_the_copy_does_not_know_is_looked_up_afresh()
    {
        await Hold();
        var added = new Sku("dunk-low-43");
        _grains.Campaign().OnWatch = _ => Task.FromResult<CampaignBoard?>(
            Sample.Board with { Version = 8, Skus = Sample.Board.Skus.Add(new BoardSku(added, "43", Sample.Price, Availability.Available)) });
        Assert.Equal(Status.Accepted, (await _flow.Hold(Sample.Shopper, Sample.Campaign, added, 1, "k2")).Status);
    }

    [Fact]
    public async Task A_SKU_outside_the_campaign_is_not_found()
    {
        Assert.Equal(Status.NotFound, (await _flow.Hold(Sample.Shopper, Sample.Campaign, new Sku("else"), 1, "k1")).Status);
        Assert.Empty(_grains.Stock("else").Batches);
    }

    [Fact]
    public async Task A_former_SKU_is_asked_since_an_operation_on_it_may_be_repeated()
    {
        _grains.Campaign().Board = Sample.Board with { Skus = [], FormerSkus = [Sample.Sku] };
        Assert.Equal(Status.Accepted, (await Hold()).Status);
    }

    [Theory]
    [InlineData(5001, true)]
    [InlineData(5000, false)]
    [InlineData(1, false)]
    [InlineData(-1, false)]
    public async Task The_board_says_not_open_only_more_than_five_seconds_ahead(int aheadMs, bool refused)
    {
        _grains.Campaign().Board = Sample.Board with { OpensAt = Sample.Start.AddMilliseconds(aheadMs) };
        var result = await Hold();
        Assert.Equal(refused ? new StockResult(Status.NotOpen, OpensAt: Sample.Start.AddMilliseconds(aheadMs)) : result, result);
        Assert.Equal(refused ? 0 : 1, Stock.Batches.Count);
    }

    [Fact]
    public async Task The_board_says_not_open_only_while_its_copy_is_younger_than_five_seconds()
    {
        _grains.Campaign().Board = Sample.Board with { OpensAt = Sample.Start.AddMinutes(5) };
        Assert.Equal(Status.NotOpen, (await Hold()).Status);
        _time.Advance(TimeSpan.FromSeconds(5)); // The long poll does not return meanwhile.
        await Hold();
        Assert.Single(Stock.Batches);
    }

    [Fact]
    public async Task The_board_does_not_say_not_open_of_a_former_SKU_since_the_stock_does_not_find_it()
    {
        _grains.Campaign().Board = Sample.Board with { OpensAt = Sample.Start.AddMinutes(5), Skus = [], FormerSkus = [Sample.Sku] };
        Stock.OnReserve = _ => new StockResult(Status.NotFound);
        Assert.Equal(Status.NotFound, (await Hold()).Status);
    }

    public static TheoryData<string> SeeminglyOver => new("closed", "after the window", "sold out", "frozen");

    [Theory]
    [MemberData(nameof(SeeminglyOver))]
    public async Task The_board_never_says_closed_sold_out_or_frozen_since_the_request_may_be_a_repeat(string board)
    {
        _grains.Campaign().Board = board switch
        {
            "closed" => Sample.Board with { Closed = true },
            "after the window" => Sample.Board with { ClosesAt = Sample.Start },
            "sold out" => Sample.Board with { Skus = [Sample.Board.Skus[0] with { Availability = Availability.SoldOut }] },
            _ => Sample.Board with { Frozen = true },
        };
        Assert.Equal(Status.Accepted, (await Hold()).Status);
    }

    private Task<StockResult> Hold(string key = "k1") => _flow.Hold(Sample.Shopper, Sample.Campaign, Sample.Sku, 1, key);
}
