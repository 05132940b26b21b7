using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using CampaignDecision = FlashSale.Grains.Ledger.Decision<FlashSale.Contracts.CampaignResult, FlashSale.Grains.Campaign.CampaignEvent>;

namespace FlashSale.Grains.Campaign;

/// <summary>
/// The rules of one campaign. A change is an event with a version and a plan of one idempotent step a SKU. A configuration is carried in two
/// rounds: first every SKU takes its units, more or fewer, then the rules begin; one that a SKU cannot take is undone for all, and nobody has bought under
/// its rules by then.
/// </summary>
internal sealed class CampaignMachine : IMachine<CampaignState, CampaignCommand, CampaignResult, CampaignEvent>
{
    /// <summary>A moved opening must leave gateways time to hear of it: they answer <c>not_open</c> from a copy up to 5 s old.</summary>
    public static readonly TimeSpan OpeningNotice = TimeSpan.FromSeconds(10);

    private static readonly CampaignResult Accepted = new(Status.Accepted);

    public CampaignState Initial(string key) => new(new CampaignId(key[GrainKeys.CampaignPrefix.Length..]));

    public CampaignDecision Decide(CampaignState state, CampaignCommand command, DateTimeOffset now) => command switch
    {
        Configure c => Configure(state, c, now),
        Change c => Change(state, c.Action),
        FinishStep c => IsLeft(state, c.Version, c.Sku) ? Yes(new StepFinished(c.Version, c.Sku)) : Accepted,
        AbandonPlan c => IsLeft(state, c.Version, c.Sku) ? Yes(new Undone(c.Version, c.Sku, c.Reason)) : Accepted,
        _ => throw new ArgumentOutOfRangeException(nameof(command), command.GetType().Name, "No rule for this command."),
    };

    private static CampaignDecision Configure(CampaignState state, Configure c, DateTimeOffset now)
    {
        // Without this two plans mix, and "all or none" means nothing.
        if (state.Plan is not null) return Conflict("another change of this campaign is still being carried out; repeat this one");

        // Without this each repeat of a PUT goes through all SKUs again.
        if (IsSettled(state, c, now)) return Accepted;
        // Without this units are promised to a campaign that has given them back.
        if (IsOver(state, now)) return Conflict("the campaign is closed; nothing of it can be changed");
        if (state.Settled?.Config is { } settled && settled.OpensAt != c.Config.OpensAt)
        {
            if (now >= settled.OpensAt) return Conflict("the campaign has opened; its opensAt can no longer be moved");
            if (c.Config.OpensAt < now + OpeningNotice) return Conflict("opensAt can only be moved to a time at least 10 s ahead");
        }

        return Yes(new Configured(state.Version + 1, c.Config, c.Prices) { First = Resized(state.Settled?.Config, c.Config) });
    }

    // Those that are new here, too: with no units at all they still learn of the campaign before it is on sale.
    private static ImmutableArray<Sku> Resized(CampaignConfig? before, CampaignConfig after)
    {
        var now = before?.Skus.ToDictionary(s => s.Sku, s => s.Units) ?? [];
        var dropped = now.Keys.Except(after.Skus.Select(s => s.Sku)).Where(sku => now[sku] > 0);
        return [.. after.Skus.Where(s => now.GetValueOrDefault(s.Sku, -1) != s.Units).Select(s => s.Sku), .. dropped];
    }

    private static CampaignDecision Change(CampaignState state, CampaignAction action)
    {
        if (state.Settled is null) return new CampaignResult(Status.NotFound);
        // No waiting for an unfinished plan: freezing and closing must work while one SKU cannot be reached.
        var version = state.Version + 1;
        return action switch
        {
            CampaignAction.Close => state.Closed ? Accepted : Yes(new CampaignClosed(version)),
            _ when state.Closed => Conflict("the campaign is closed"),
            CampaignAction.Freeze => state.Frozen ? Accepted : Yes(new CampaignFrozen(version)),
            _ => state.Frozen ? Yes(new CampaignResumed(version)) : Accepted,
        };
    }

    private static bool IsLeft(CampaignState state, long version, Sku sku) => state.Plan?.Version == version && state.Plan.Left.Contains(sku);

    /// <summary>
    /// True where a configuration would change nothing: it is the settled one, and no SKU that is sold at its own price has another one by now. What is
    /// over takes no new price, so nor does it refuse one.
    /// </summary>
    public static bool IsSettled(CampaignState state, Configure c, DateTimeOffset now) =>
        state is { Plan: null, Settled: { } settled } && IsSame(settled.Config, c.Config) && (settled.Prices.SequenceEqual(c.Prices) || IsOver(state, now));

    // Written out, because an array inside a record compares by identity.
    private static bool IsSame(CampaignConfig a, CampaignConfig b) => a with { Skus = default } == b with { Skus = default } && a.Skus.SequenceEqual(b.Skus);

    private static bool IsOver(CampaignState state, DateTimeOffset now) => state.Closed || now >= state.Settled?.Config.ClosesAt;

    private static CampaignDecision Conflict(string detail) => new CampaignResult(Status.Conflict, Detail: detail);

    private static CampaignDecision Yes(CampaignEvent e) => new(Accepted, [e]);

    public CampaignState Apply(CampaignState state, CampaignEvent e, EventStamp stamp) => e switch
    {
        Configured c => Allocate(state, c),
        StepFinished f => Finish(state, f.Sku),
        Undone u => Undo(state, u),
        CampaignFrozen f => Carry(state with { Frozen = true }, PlanKind.Freeze, f.Version),
        CampaignResumed r => Carry(state with { Frozen = false }, PlanKind.Resume, r.Version),
        CampaignClosed c => Carry(state with { Closed = true }, PlanKind.Close, c.Version),
        _ => throw new ArgumentOutOfRangeException(nameof(e), e.GetType().Name, "No fold for this event."),
    };

    private static CampaignState Carry(CampaignState state, PlanKind kind, long version)
    {
        var target = state.Plan?.Target ?? state.Settled!;
        var left = Touched(state.Settled, target);
        // Freezing is part of what a configuration's steps carry, so a plan under way only begins anew.
        if (kind != PlanKind.Close && state.Plan is { Kind: PlanKind.Allocate or PlanKind.Apply or PlanKind.Undo } plan)
        {
            return state with { Version = version, Plan = plan with { Version = version, Left = left } };
        }

        // A closing pool forgets its operations in time, so former SKUs close too.
        if (kind == PlanKind.Close) left = [.. left.Union(state.FormerSkus)];
        return state with { Version = version, Plan = new Plan(kind, version, state.Settled!, left) };
    }

    private static CampaignState Allocate(CampaignState state, Configured e)
    {
        var target = new Settings(e.Config, e.Prices);
        var first = e.First ?? [.. target.Config.Skus.Where(s => s.Units > (state.Settled?.Find(s.Sku)?.Units ?? -1)).Select(s => s.Sku)];
        return first.Length > 0
            ? state with { Version = e.Version, LastRefusal = null, Plan = new Plan(PlanKind.Allocate, e.Version, target, first) }
            : Apply(state with { LastRefusal = null }, target, e.Version);
    }

    private static CampaignState Apply(CampaignState state, Settings target, long version) =>
        state with { Version = version, Plan = new Plan(PlanKind.Apply, version, target, Touched(state.Settled, target)) };

    // Those of the new configuration take its rules, those dropped leave the shelf.
    private static ImmutableArray<Sku> Touched(Settings? before, Settings target) => [.. CampaignState.Touched(before, target)];

    private static CampaignState Finish(CampaignState state, Sku sku)
    {
        var plan = state.Plan! with { Left = state.Plan.Left.Remove(sku) };
        if (plan.Left.Length > 0) return state with { Plan = plan };
        return plan.Kind switch
        {
            PlanKind.Allocate => Apply(state, plan.Target, plan.Version + 1),
            PlanKind.Apply => Settle(state, plan.Target),
            _ => state with { Plan = null },
        };
    }

    private static CampaignState Settle(CampaignState state, Settings settings) => state with
    {
        Settled = settings,
        Plan = null,
        FormerSkus = [.. state.FormerSkus.Union(state.Settled?.Config.Skus.Select(s => s.Sku) ?? []).Where(s => settings.Find(s) is null)],
    };

    private static CampaignState Undo(CampaignState state, Undone e)
    {
        var version = state.Version + 1;
        var refusal = new Refusal(e.Version, e.Sku, e.Reason);
        var plan = new Plan(PlanKind.Undo, version, state.Plan!.Target, Touched(state.Settled, state.Plan.Target));
        return state with { Version = version, Plan = plan, LastRefusal = refusal };
    }
}
