using FlashSale.Contracts;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Campaign;

public class CampaignMachineTests
{
    private static readonly DateTimeOffset Opening = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);
    private readonly CampaignMachine _machine = new();
    private CampaignState _campaign = new(new CampaignId("drop"));
    private DateTimeOffset _now = Opening.AddHours(-1);
    private long _seq;

    [Fact]
    public void New_campaign_allocates_everywhere_before_anything_is_put_on_sale()
    {
        Do(Configuration("a", "b"));
        Assert.Equal((PlanKind.Allocate, 1L, 2), (_campaign.Plan!.Kind, _campaign.Plan.Version, _campaign.Plan.Left.Length));
        Assert.False(Step("a").OnSale);
        Finish();
        Assert.Equal((PlanKind.Apply, 2L), (_campaign.Plan!.Kind, _campaign.Plan.Version));
        Assert.True(Step("a").OnSale);
        Assert.Null(_campaign.Settled);
        Finish();
        Assert.Null(_campaign.Plan);
        Assert.Equal(2, _campaign.Settled!.Config.Skus.Length);
    }

    [Fact]
    public void Refused_first_configuration_leaves_nothing_behind()
    {
        Do(Configuration("a", "b"));
        Do(new FinishStep(1, new Sku("a")));
        Do(new AbandonPlan(1, new Sku("b"), "no units"));
        Assert.Equal((PlanKind.Undo, 2L), (_campaign.Plan!.Kind, _campaign.Plan.Version));
        Assert.Equal((false, 0L, true), (Step("a").OnSale, Step("a").Units, Step("a").Undo));
        Finish();
        Assert.Null(_campaign.Settled);
        Assert.Equal("no units", _campaign.LastRefusal!.Reason);
        Assert.Equal(Status.Accepted, Do(Configuration("a")).Status);
    }

    [Fact]
    public void Refused_change_leads_all_skus_back_to_the_settled_configuration()
    {
        Settle(Configuration("a", "b"));
        Do(Configuration("a", "b") with { Config = Config(["a", "b", "c"], units: 50) });
        Do(new AbandonPlan(_campaign.Plan!.Version, new Sku("b"), "no units"));
        Assert.Equal((true, 10L), (Step("a").OnSale, Step("a").Units));
        Assert.Equal((false, 0L), (Step("c").OnSale, Step("c").Units));
        Finish();
        Assert.Equal(10, _campaign.Settled!.Config.Skus[0].Units);
    }

    [Fact]
    public void Dropped_sku_gives_its_units_back_and_is_remembered()
    {
        Settle(Configuration("a", "b"));
        Do(Configuration("a"));
        AssertRound(PlanKind.Allocate, "b");
        Assert.Equal((true, 0L), (Step("b").OnSale, Step("b").Units));
        Finish();
        AssertRound(PlanKind.Apply, "a", "b");
        Assert.Equal((false, 0L, false), (Step("b").OnSale, Step("b").Units, Step("b").Undo));
        Assert.True(Step("a").OnSale);
        Finish();
        Assert.Equal([new Sku("b")], _campaign.FormerSkus.AsEnumerable());
    }

    [Fact]
    public void Dropped_sku_without_units_has_nothing_to_give_back_first()
    {
        Settle(Configuration("a", "b") with { Config = Config(["a"]) with { Skus = [new CampaignSku(new Sku("a"), 10, null), new CampaignSku(new Sku("b"), 0, null)] } });
        Do(Configuration("a"));
        AssertRound(PlanKind.Apply, "a", "b");
    }

    [Fact]
    public void Repeating_a_configuration_changes_nothing()
    {
        Settle(Configuration("a"));
        var version = _campaign.Version;
        Assert.Equal(Status.Accepted, Do(Configuration("a")).Status);
        Assert.Equal((version, null), (_campaign.Version, _campaign.Plan));
    }

    [Fact]
    public void Repeating_a_configuration_takes_the_price_that_a_SKU_has_by_now()
    {
        Settle(Configuration("a"));
        Settle(Dearer());
        Assert.Equal(200, _campaign.Settled!.Prices.Single(p => p.Sku.Value == "a").Price.Amount);
    }

    [Fact]
    public void What_is_over_neither_takes_a_new_price_nor_refuses_one()
    {
        Settle(Configuration("a"));
        _now = Opening.AddHours(2);
        var version = _campaign.Version;
        Assert.Equal((Status.Accepted, version), (Do(Dearer()).Status, _campaign.Version));
    }

    [Theory]
    [InlineData("opensAt moved at the very opening", 0, 60)]
    [InlineData("opensAt moved after the opening", 1, 60)]
    [InlineData("opensAt moved to less than 10 s ahead", -60, -51)]
    [InlineData("any change after the window", 7200, 0)]
    public void Changes_that_would_break_what_shoppers_were_told_are_a_conflict(string why, int nowSeconds, int opensSeconds)
    {
        Settle(Configuration("a"));
        _now = Opening.AddSeconds(nowSeconds);
        var moved = Configuration("a") with { Config = Config(["a"]) with { OpensAt = Opening.AddSeconds(opensSeconds), Name = why } };
        Assert.Equal(Status.Conflict, Do(moved).Status);
    }

    [Fact]
    public void Opening_can_be_moved_to_ten_seconds_ahead()
    {
        Settle(Configuration("a"));
        _now = Opening.AddSeconds(-60);
        Assert.Equal(Status.Accepted, Do(Configuration("a") with { Config = Config(["a"]) with { OpensAt = Opening.AddSeconds(-50) } }).Status);
    }

    [Fact]
    public void Freeze_and_resume_are_repeatable_and_close_is_final()
    {
        Assert.Equal(Status.NotFound, Do(new Change(CampaignAction.Freeze)).Status);
        Settle(Configuration("a"));
        Settle(new Change(CampaignAction.Freeze));
        Assert.Equal((true, Status.Accepted), (_campaign.Frozen, Do(new Change(CampaignAction.Freeze)).Status));
        Settle(new Change(CampaignAction.Resume));
        Assert.False(_campaign.Frozen);
        Settle(new Change(CampaignAction.Close));
        Assert.Equal(Status.Accepted, Do(new Change(CampaignAction.Close)).Status);
        Assert.Equal(Status.Conflict, Do(new Change(CampaignAction.Freeze)).Status);
        Assert.Equal(Status.Conflict, Do(Configuration("a", "b")).Status);
    }

    [Fact]
    public void What_is_so_already_begins_no_new_plan()
    {
        Settle(Configuration("a"));
        AssertNoNews(CampaignAction.Resume);
        Settle(new Change(CampaignAction.Freeze));
        AssertNoNews(CampaignAction.Freeze);
        Settle(new Change(CampaignAction.Close));
        AssertNoNews(CampaignAction.Close);

        void AssertNoNews(CampaignAction action)
        {
            var before = _seq;
            Assert.Equal((Status.Accepted, before, null), (Do(new Change(action)).Status, _seq, _campaign.Plan));
        }
    }

    [Fact]
    public void Nothing_is_changed_while_a_plan_is_carried_out()
    {
        Do(Configuration("a"));
        Assert.Equal(Status.Conflict, Do(Configuration("a", "b")).Status);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Freezing_during_a_configuration_reaches_every_sku_of_it(int finishedRounds)
    {
        Settle(Configuration("a"));
        Do(Configuration("a", "b"));
        for (var i = 1; i < finishedRounds; i++) Finish();
        var before = _campaign.Plan!;
        Assert.Equal(Status.Accepted, Do(new Change(CampaignAction.Freeze)).Status);
        Assert.Equal((before.Kind, before.Version + 1), (_campaign.Plan!.Kind, _campaign.Plan.Version));
        Assert.Equal(["a", "b"], _campaign.Plan.Left.Select(s => s.Value).Order());
        Assert.True(Step("a").Frozen && Step("b").Frozen);
    }

    [Fact]
    public void Closing_overtakes_whatever_is_unfinished()
    {
        Settle(Configuration("a", "c"));
        Settle(Configuration("a"));
        Do(Configuration("a", "b"));
        Settle(new Change(CampaignAction.Close));
        Assert.True(_campaign.Closed);
        Assert.Equal(["a"], _campaign.Settled!.Config.Skus.Select(s => s.Sku.Value));
    }

    [Fact]
    public void Closing_reaches_new_and_former_skus_too()
    {
        Settle(Configuration("a", "c"));
        Settle(Configuration("a"));
        Do(Configuration("a", "b"));
        Do(new Change(CampaignAction.Close));
        Assert.Equal(["a", "b", "c"], _campaign.Plan!.Left.Select(s => s.Value).Order());
    }

    [Fact]
    public void Every_sku_takes_its_units_under_the_old_rules_before_the_new_ones_begin()
    {
        Settle(Configuration("a", "b", "c"));
        Do(Resized() with { Config = Resized().Config with { LimitPerShopper = 7 } });
        AssertRound(PlanKind.Allocate, "a", "b");
        Assert.Equal((50L, 1, true), (Step("a").Units, Step("a").LimitPerShopper, Step("a").OnSale));
        Assert.Equal((3L, 1, true), (Step("b").Units, Step("b").LimitPerShopper, Step("b").OnSale));
        Finish();
        AssertRound(PlanKind.Apply, "a", "b", "c");
        Assert.Equal((50L, 7), (Step("a").Units, Step("a").LimitPerShopper));
        Assert.Equal((3L, 7), (Step("b").Units, Step("b").LimitPerShopper));
    }

    [Fact]
    public void One_that_has_sold_more_than_it_shall_have_is_found_before_the_rules_begin()
    {
        Settle(Configuration("a", "b", "c"));
        Do(Resized());
        Do(new AbandonPlan(_campaign.Plan!.Version, new Sku("b"), "too few"));
        Assert.Equal((PlanKind.Undo, 10L, 10L), (_campaign.Plan!.Kind, Step("a").Units, Step("b").Units));
    }

    [Fact]
    public void Configuration_of_a_journal_of_before_has_a_first_round_of_those_with_more_units()
    {
        Settle(Configuration("a", "b", "c"));
        var (config, prices) = Resized();
        _campaign = _machine.Apply(_campaign, new Configured(_campaign.Version + 1, config, prices), new EventStamp(++_seq, _now));
        AssertRound(PlanKind.Allocate, "a");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Later_end_counts_from_when_it_was_accepted_and_an_earlier_one_when_it_is_settled(int hours)
    {
        Assert.Null(_campaign.EndsAt);
        Settle(Configuration("a"));
        var ends = _campaign.EndsAt!.Value;
        Do(Configuration("a") with { Config = Config(["a"], units: 20) with { ClosesAt = ends.AddHours(hours) } });
        Assert.Equal(hours > 0 ? ends.AddHours(hours) : ends, _campaign.EndsAt);
        Do(new AbandonPlan(_campaign.Plan!.Version, new Sku("a"), "no units"));
        Assert.Equal(ends, _campaign.EndsAt);
    }

    [Fact]
    public void Skus_are_those_settled_those_to_come_and_those_that_were()
    {
        Settle(Configuration("a", "c"));
        Settle(Configuration("a"));
        Do(Configuration("a", "b"));
        Assert.Equal(["a", "b", "c"], _campaign.Skus.Select(s => s.Value).Order());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void New_sku_is_asked_before_the_rules_begin_however_few_its_units(long units)
    {
        Settle(Configuration("a"));
        Do(Configuration("a") with { Config = Config(["a"]) with { Skus = [new CampaignSku(new Sku("a"), 10, null), new CampaignSku(new Sku("b"), units, null)] } });
        AssertRound(PlanKind.Allocate, "b");
    }

    [Fact]
    public void Late_news_of_an_older_plan_changes_nothing()
    {
        Settle(Configuration("a"));
        Do(new Change(CampaignAction.Freeze));
        Do(new FinishStep(1, new Sku("a")));
        Do(new AbandonPlan(1, new Sku("a"), "late"));
        Assert.Equal(PlanKind.Freeze, _campaign.Plan!.Kind);
        Assert.Single(_campaign.Plan.Left);
    }

    private static CampaignConfig Config(string[] skus, long units = 10) => new(
        "Drop", "flow", Opening, Opening.AddHours(2), LimitPerShopper: 1, HoldSeconds: 60,
        [.. skus.Select(s => new CampaignSku(new Sku(s), units, null))]);

    private static Configure Configuration(params string[] skus) =>
        new(Config(skus), [.. skus.Append("c").Distinct().Select(s => new SkuPrice(new Sku(s), new Money(100, "CNY")))]);

    private static Configure Dearer() => new(Config(["a"]), [new SkuPrice(new Sku("a"), new Money(200, "CNY"))]);

    // Of three with 10 units each: more, fewer, as many.
    private static Configure Resized() => Configuration("a", "b", "c") with
    {
        Config = Config([]) with { Skus = [new CampaignSku(new Sku("a"), 50, null), new CampaignSku(new Sku("b"), 3, null), new CampaignSku(new Sku("c"), 10, null)] },
    };

    private void AssertRound(PlanKind kind, params string[] skus)
    {
        Assert.Equal(kind, _campaign.Plan!.Kind);
        Assert.Equal(skus, _campaign.Plan.Left.Select(s => s.Value).Order());
    }

    private ConfigurePool Step(string sku) => (ConfigurePool)CampaignSteps.CommandFor(_campaign, _campaign.Plan!, new Sku(sku));

    private void Settle(CampaignCommand command)
    {
        Assert.Equal(Status.Accepted, Do(command).Status);
        while (_campaign.Plan is not null) Finish();
    }

    // Every SKU takes the step of the current plan.
    private void Finish()
    {
        var plan = _campaign.Plan!;
        foreach (var sku in plan.Left) Do(new FinishStep(plan.Version, sku));
    }

    // Each event goes through its stored form, and the state through a snapshot, so that both are proved on the way.
    private CampaignResult Do(CampaignCommand command)
    {
        var decision = _machine.Decide(_campaign, command, _now);
        foreach (var e in decision.Events)
        {
            var row = CampaignCodec.Events.Encode(e, new EventStamp(++_seq, _now));
            _campaign = _machine.Apply(_campaign, CampaignCodec.Events.Decode("campaign/test", row), new EventStamp(_seq, _now));
            _campaign = CampaignCodec.Snapshots.Decode(CampaignCodec.Snapshots.Encode(_campaign));
        }

        return decision.Result;
    }
}
