using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using Orleans;

namespace FlashSale.Grains.Campaign;

/// <summary>One campaign: decides changes, carries them to the SKUs, shows the board. The rules are in <see cref="CampaignMachine"/>.</summary>
internal sealed class CampaignGrain(LedgerEngine engine)
    : LedgerGrain<CampaignState, CampaignCommand, CampaignResult, CampaignEvent>(engine, Kind), ICampaignGrain
{
    public static readonly LedgerKindOf<CampaignState, CampaignCommand, CampaignResult, CampaignEvent> Kind =
        new("campaign/", new CampaignMachine(), CampaignCodec.Events, CampaignCodec.Snapshots);

    /// <summary>How long before its opening a campaign and its SKUs are kept awake.</summary>
    public static readonly TimeSpan WarmBefore = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Awake = TimeSpan.FromMinutes(5);

    /// <summary>How long after its last event a plan is left to the process that drives it.</summary>
    private static readonly TimeSpan DriversTime = TimeSpan.FromSeconds(1);

    private BoardKeeper _board = null!;
    private bool _atRest; // Closed, and no SKU has live holds any more.

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        _board = new BoardKeeper(GrainFactory, Engine.Time, Engine.Clock);
        Ledger.OnAcknowledged = () => _board.Show(Ledger.Acknowledged, Ledger.AcknowledgedSeq);
        await Ledger.Refresh();
    }

    public async Task<CampaignResult> Configure(CampaignConfig config)
    {
        await Ledger.Refresh();
        await Drive();
        var prices = await Task.WhenAll(config.Skus.Select(PriceOf));
        var command = new Configure(config, [.. prices]);
        if (!IsSettled(command) && await WhyNot(command) is { } refusal) return refusal;

        var decided = await Ledger.Execute(command);
        if (decided.Status != Status.Accepted) return decided;
        await Drive();
        if (!IsSettled(command) && Ledger.Acknowledged.LastRefusal is { } undone)
        {
            return new CampaignResult(Status.Conflict, Detail: $"sku {undone.Sku}: {undone.Reason}");
        }

        await AfterChange(_board.Prepare());
        return await Changed();
    }

    public async Task<CampaignResult> Change(CampaignAction action)
    {
        // Not after driving an older plan to its end: an operator must be able to freeze and close while one SKU cannot be reached.
        var decided = await Ledger.Execute(new Change(action));
        if (decided.Status != Status.Accepted) return decided;
        await Drive();
        return await Changed();
    }

    public async Task<CampaignView?> View()
    {
        var state = await Ledger.Read((s, _) => s);
        ForgetIfUnseen();
        if (state.Settled is not { } settled) return null;
        var views = await Task.WhenAll(settled.Config.Skus.Select(s => GrainFactory.Stock(s.Sku).View()));
        var pools = views.Select(v => new SkuPool(v.Sku, v.Pools.FirstOrDefault(p => p.Campaign == state.Id) ?? new PoolView(state.Id, 0, 0, 0)));
        var closed = state.Closed || Engine.Clock.Now >= settled.Config.ClosesAt;
        return new CampaignView(state.Id, settled.Config, state.Version, state.Frozen, closed, [.. pools]);
    }

    public async Task<CampaignBoard?> Watch(long knownVersion)
    {
        await Ledger.Refresh(); // Another process may have changed it since the last poll.
        await _board.Watch(knownVersion);
        // A board is made of acknowledged events; an activation that lost its ledger must not go on showing it.
        await Ledger.Confirm();
        ForgetIfUnseen();
        return _board.Board;
    }

    public Task ReportLevel(Sku sku, long seq, Availability availability)
    {
        _board.Level(sku, seq, availability);
        return Task.CompletedTask;
    }

    public async Task<TendReply> Tend()
    {
        if (_atRest) return new TendReply(Busy: false, DueAt: null);
        await Ledger.Confirm();
        var now = Engine.Clock.Now;
        if (Ledger.Acknowledged is { EndsAt: { } endsAt, Closed: false } && now >= endsAt) await Ledger.Execute(new Change(CampaignAction.Close));
        if (!IsDrivenElsewhere(now)) await TryDrive();
        var state = Ledger.Acknowledged;
        var unfinished = state.Plan is not null;
        if (state.Settled?.Config is not { } config) return new TendReply(unfinished, now + WarmBefore);
        if (!unfinished && now + WarmBefore < config.OpensAt) return new TendReply(Busy: false, config.OpensAt - WarmBefore);

        DelayDeactivation(Awake);
        var busy = await Task.WhenAll(state.Skus.Select(IsBusy));
        _atRest = !unfinished && Ledger.Acknowledged.Closed && !busy.Contains(true);
        return new TendReply(Busy: !_atRest, DueAt: null);
    }

    protected override void OnLost()
    {
        _board?.Wake(); // A deactivation waits for running calls.
        base.OnLost();
    }

    // Anybody may ask for campaigns that were never made; what was woken for the answer goes away with it.
    private void ForgetIfUnseen()
    {
        if (Ledger.Epoch == 0) DeactivateOnIdle();
    }

    private bool IsDrivenElsewhere(DateTimeOffset now) => Ledger.Follows && Ledger.AcknowledgedAt + DriversTime > now;

    private bool IsSettled(Configure command) => CampaignMachine.IsSettled(Ledger.Acknowledged, command, Engine.Clock.Now);

    private async Task<bool> IsBusy(Sku sku)
    {
        try
        {
            return (await GrainFactory.Stock(sku).Tend()).Busy;
        }
        catch (Exception)
        {
            return true; // One SKU that cannot be reached must not keep the others from their ends; it is tended again.
        }
    }

    private async Task Drive()
    {
        if (await TryDrive() is { } error) throw new LedgerUnavailableException("A step of the campaign's change could not be taken yet; it will be.", error);
    }

    // Carries the plan on as far as it goes, whoever began it; each step is idempotent. Answers why it could not be finished, if so.
    private async Task<Exception?> TryDrive()
    {
        while (Ledger.Acknowledged is { Plan: { } plan } state)
        {
            Exception? missing = null;
            var steps = new List<CampaignCommand>();
            var asked = plan.Left.Select(sku => (Sku: sku, Answer: GrainFactory.Stock(sku).Execute(CampaignSteps.CommandFor(state, plan, sku)))).ToArray();
            foreach (var (sku, answer) in asked)
            {
                try
                {
                    steps.Add(Learn(plan, sku, await answer));
                    _board.Level(state.Id, (await answer).View);
                }
                catch (Exception error)
                {
                    missing = error;
                }
            }

            if (steps.Count > 0) await AfterChange(Ledger.ExecuteAll(steps.Find(s => s is AbandonPlan) is { } abandon ? [abandon] : steps));
            if (missing is not null && Ledger.Acknowledged.Plan is { Version: var version } && version == plan.Version) return missing;
        }

        return null;
    }

    private async Task<CampaignResult> Changed()
    {
        var shown = View();
        await AfterChange(shown);
        return new CampaignResult(Status.Accepted, await shown);
    }

    // The campaign or a stock has changed by now, so "overloaded: nothing happened" would not be true.
    private static async Task AfterChange(Task step)
    {
        try
        {
            await step;
        }
        catch (LedgerOverloadedException error)
        {
            throw new LedgerUnavailableException("The journal's queue was full in the middle of a campaign's change.", error);
        }
    }

    private static CampaignCommand Learn(Plan plan, Sku sku, StockResult answer) =>
        answer.Status == Status.Accepted || plan.Kind is not (PlanKind.Allocate or PlanKind.Apply)
            ? new FinishStep(plan.Version, sku)
            : new AbandonPlan(plan.Version, sku, answer.Detail ?? "there is no such SKU");

    private async Task<SkuPrice> PriceOf(CampaignSku sku) =>
        new(sku.Sku, sku.Price ?? (await GrainFactory.Catalog(sku.Sku).Get())?.Price ?? Money.None);

    // Most impossible configurations are found before anything is written. What changes between this look and the steps is undone later.
    private async Task<CampaignResult?> WhyNot(Configure command)
    {
        var config = command.Config;
        var dropped = Ledger.Acknowledged.Settled?.Config.Skus.Where(s => !config.Skus.Any(c => c.Sku == s.Sku)).Select(s => s with { Units = 0 }) ?? [];
        CampaignSku[] wanted = [.. config.Skus, .. dropped];
        var views = await Task.WhenAll(wanted.Select(s => GrainFactory.Stock(s.Sku).View()));
        // Whatever contradicts the state is told only after what is not there at all.
        if (Array.Find(views, v => !v.Registered) is { } missing) return new CampaignResult(Status.NotFound, Detail: $"there is no SKU {missing.Sku}; create it first");
        return Ledger.Peek(command).Status == Status.Accepted ? wanted.Zip(views, WhyNot).FirstOrDefault(refusal => refusal is not null) : null;
    }

    private CampaignResult? WhyNot(CampaignSku wanted, StockView view)
    {
        var pool = view.Pools.FirstOrDefault(p => p.Campaign == Ledger.Acknowledged.Id) ?? new PoolView(Ledger.Acknowledged.Id, 0, 0, 0);
        if (wanted.Units - pool.Units > view.General)
        {
            return Conflict(wanted.Sku, $"{wanted.Units - pool.Units} more units are needed, the general pool has {view.General}");
        }

        return wanted.Units < pool.Held + pool.Sold ? Conflict(wanted.Sku, $"{wanted.Units} units are fewer than the {pool.Held + pool.Sold} held or sold") : null;
    }

    private static CampaignResult Conflict(Sku sku, string detail) => new(Status.Conflict, Detail: $"sku {sku}: {detail}");
}
