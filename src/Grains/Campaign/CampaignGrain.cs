using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using Orleans;
using Orleans.Runtime;

namespace FlashSale.Grains.Campaign;

/// <summary>One campaign: decides changes, carries them to the SKUs, shows the board. The rules are in <see cref="CampaignMachine"/>.</summary>
internal sealed class CampaignGrain(LedgerEngine engine) : Grain, ICampaignGrain
{
    public static readonly LedgerKindOf<CampaignState, CampaignCommand, CampaignResult, CampaignEvent> Kind =
        new("campaign/", new CampaignMachine(), CampaignCodec.Events, CampaignCodec.Snapshots);

    /// <summary>How long before its opening a campaign and its SKUs are kept awake.</summary>
    public static readonly TimeSpan WarmBefore = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Awake = TimeSpan.FromMinutes(5);

    private Ledger<CampaignState, CampaignCommand, CampaignResult, CampaignEvent> _ledger = null!;
    private BoardKeeper _board = null!;
    private bool _atRest; // Closed, and no SKU has live holds any more.

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _ledger = await Ledger<CampaignState, CampaignCommand, CampaignResult, CampaignEvent>.Open(
            engine, Kind, this.GetPrimaryKeyString(), takeRight: true, DeactivateOnIdle);
        _board = new BoardKeeper(GrainFactory, engine.Time, _ledger.Epoch);
        _ledger.OnAcknowledged = () => _board.Show(_ledger.Acknowledged);
        _board.Show(_ledger.Acknowledged);
    }

    public async Task<CampaignResult> Configure(CampaignConfig config)
    {
        await Drive();
        var prices = await Task.WhenAll(config.Skus.Select(PriceOf));
        var command = new Configure(config, [.. prices]);
        var isNews = _ledger.Acknowledged.Settled is not { } settled || !CampaignMachine.IsSame(settled.Config, config);
        if (isNews && _ledger.Peek(command).Status == Status.Accepted && await WhyNot(config) is { } refusal) return refusal;

        var decided = await _ledger.Execute(command);
        if (decided.Status != Status.Accepted) return decided;
        await Drive();
        if (_ledger.Acknowledged.LastRefusal is { } undone) return new CampaignResult(Status.Conflict, Detail: $"sku {undone.Sku}: {undone.Reason}");
        await _board.Refresh(_ledger.Acknowledged);
        return new CampaignResult(Status.Accepted, await View());
    }

    public async Task<CampaignResult> Change(CampaignAction action)
    {
        await Drive();
        var decided = await _ledger.Execute(new Change(action));
        if (decided.Status != Status.Accepted) return decided;
        await Drive();
        return new CampaignResult(Status.Accepted, await View());
    }

    public async Task<CampaignView?> View()
    {
        var state = await _ledger.Read((s, _) => s);
        if (state.Settled is not { } settled) return null;
        var views = await Task.WhenAll(settled.Config.Skus.Select(s => GrainFactory.Stock(s.Sku).View()));
        var pools = views.Select(v => new SkuPool(v.Sku, v.Pools.FirstOrDefault(p => p.Campaign == state.Id) ?? new PoolView(state.Id, 0, 0, 0)));
        var closed = state.Closed || engine.Clock.Now >= settled.Config.ClosesAt;
        return new CampaignView(state.Id, settled.Config, state.Version, state.Frozen, closed, [.. pools]);
    }

    public async Task<CampaignBoard?> Watch(long knownVersion)
    {
        // A long poll is answered from a board made of acknowledged events; an activation that lost its ledger must not go on showing it.
        var board = await _board.Watch(knownVersion);
        await _ledger.Read((_, _) => 0);
        return board;
    }

    public Task ReportLevel(Sku sku, long seq, Availability availability)
    {
        _board.Level(sku, seq, availability);
        return Task.CompletedTask;
    }

    public async Task<TendReply> Tend()
    {
        await Drive();
        var state = _ledger.Acknowledged;
        var now = engine.Clock.Now;
        if (_atRest) return new TendReply(Busy: false, DueAt: null);
        if (state.Settled?.Config is not { } config) return new TendReply(Busy: false, now + WarmBefore);

        if (now >= config.ClosesAt && !state.Closed)
        {
            await _ledger.Execute(new Change(CampaignAction.Close));
            await Drive();
        }
        else if (now < config.OpensAt - WarmBefore)
        {
            return new TendReply(Busy: false, config.OpensAt - WarmBefore);
        }

        DelayDeactivation(Awake);
        var tended = await Task.WhenAll(config.Skus.Select(s => GrainFactory.Stock(s.Sku).Tend()));
        _atRest = _ledger.Acknowledged.Closed && Array.TrueForAll(tended, t => !t.Busy);
        return new TendReply(Busy: !_atRest, DueAt: null);
    }

    // Carries the plan to its end, whoever began it; each step is idempotent, so a plan that was half carried out is simply carried on.
    private async Task Drive()
    {
        while (_ledger.Acknowledged is { Plan: { } plan } state)
        {
            var answers = await Task.WhenAll(plan.Left.Select(sku => GrainFactory.Stock(sku).Execute(CampaignSteps.CommandFor(state, plan, sku))));
            var steps = plan.Left.Select((sku, i) => Learn(plan, sku, answers[i])).ToArray();
            _board.Levels(state.Id, answers);
            await _ledger.ExecuteAll(Array.Find(steps, s => s is AbandonPlan) is { } abandon ? [abandon] : steps);
        }
    }

    private static CampaignCommand Learn(Plan plan, Sku sku, StockResult answer) =>
        answer.Status == Status.Accepted || plan.Kind != PlanKind.Allocate
            ? new FinishStep(plan.Version, sku)
            : new AbandonPlan(plan.Version, sku, answer.Detail ?? "there is no such SKU");

    private async Task<SkuPrice> PriceOf(CampaignSku sku) =>
        new(sku.Sku, sku.Price ?? (await GrainFactory.Catalog(sku.Sku).Get())?.Price ?? Money.None);

    // Most impossible configurations are found before anything is written. What changes between this look and the steps is undone later.
    private async Task<CampaignResult?> WhyNot(CampaignConfig config)
    {
        var views = await Task.WhenAll(config.Skus.Select(s => GrainFactory.Stock(s.Sku).View()));
        foreach (var (wanted, view) in config.Skus.Zip(views))
        {
            if (!view.Registered) return new CampaignResult(Status.NotFound, Detail: $"there is no SKU {wanted.Sku}; create it first");
            var pool = view.Pools.FirstOrDefault(p => p.Campaign == _ledger.Acknowledged.Id);
            var more = wanted.Units - (pool?.Units ?? 0);
            if (more > view.General)
            {
                return new CampaignResult(Status.Conflict, Detail: $"sku {wanted.Sku}: {more} more units are needed, the general pool has {view.General}");
            }
        }

        return null;
    }
}
