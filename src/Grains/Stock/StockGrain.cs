using System.Collections.Immutable;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using Orleans;
using Orleans.Runtime;

namespace FlashSale.Grains.Stock;

/// <summary>The stock of one SKU: opens its ledger, decides in memory, answers when durable. The rules are in <see cref="StockMachine"/>.</summary>
internal sealed class StockGrain(LedgerEngine engine)
    : LedgerGrain<StockState, StockCommand, StockResult, StockEvent>(engine, Kind), IStockGrain
{
    public static readonly LedgerKindOf<StockState, StockCommand, StockResult, StockEvent> Kind =
        new("stock/", new StockMachine(), StockCodec.Events, StockCodec.Snapshots) { Entries = static state => state.Holds.Count + state.Done.Count };

    private static readonly TimeSpan ExpiryEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Awake = TimeSpan.FromMinutes(5);
    private const int ExpireMost = 1_000;

    /// <summary>How long a follower leaves it to the owner to end a hold; a hold ends within 2 s even if there is no owner.</summary>
    private static readonly TimeSpan OwnersTime = TimeSpan.FromSeconds(1);

    private readonly Dictionary<CampaignId, Availability> _reported = [];

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        await base.OnActivateAsync(cancellationToken);
        Ledger.OnAcknowledged = ReportLevels;
        await Ledger.Refresh();
        this.RegisterGrainTimer(ExpireDue, new GrainTimerCreationOptions(ExpiryEvery, ExpiryEvery) { Interleave = true });
    }

    public async Task<ReserveReply> Reserve(ImmutableArray<Reserve> requests) => new([.. await Ledger.ExecuteAll(requests)]);

    public async Task<StockResult> Execute(StockCommand command)
    {
        // The epoch is part of an adjustment's answer, and a repeat may be answered by a later activation.
        var result = await Ledger.Execute(epoch => command switch
        {
            Receive { Told: { } told } c => c with { Told = told with { Epoch = epoch } },
            Withdraw { Told: { } told } c => c with { Told = told with { Epoch = epoch } },
            _ => command,
        });
        return result is { View: { } view, Told: null } ? result with { View = view with { Epoch = Ledger.Epoch } } : result;
    }

    public Task<StockView> View() => Ledger.Read((state, epoch) => state.View with { Epoch = epoch });

    public Task<ImmutableArray<HoldInfo?>> Find(ImmutableArray<HoldRef> holds) =>
        Ledger.Read((state, _) => holds.Select(h => Find(state, h)).ToImmutableArray());

    public async Task<TendReply> Tend()
    {
        await Ledger.Confirm();
        await ExpireDue(CancellationToken.None);
        var due = Ledger.Acknowledged.Due;
        if (due.IsEmpty) return new TendReply(Busy: false, DueAt: null);
        DelayDeactivation(Awake);
        return new TendReply(Busy: true, due.Min.At);
    }

    // An older generation has ended, whatever the current one does; but if a late payment bought the hold, that is what became of it.
    private static HoldInfo? Find(StockState state, HoldRef wanted)
    {
        if (!state.Holds.TryGetValue(wanted.Hold, out var hold) || wanted.Generation > hold.Generation) return null;
        var info = state.Info(hold);
        return wanted.Generation == hold.Generation || hold.State == HoldState.Confirmed ? info : info with { Generation = wanted.Generation, State = HoldState.Expired };
    }

    private async Task ExpireDue(CancellationToken cancellationToken)
    {
        while (IsDue())
        {
            // What a follower knows may be old: the owner has most likely done it.
            if (Ledger.Follows) await Ledger.Refresh();
            if (IsDue()) await Ledger.Execute(new Expire(ExpireMost));
        }
    }

    private bool IsDue() =>
        !Ledger.Acknowledged.Due.IsEmpty && Ledger.Acknowledged.Due.Min.At + (Ledger.Follows ? OwnersTime : TimeSpan.Zero) <= Engine.Clock.Now;

    // After the commit that caused it; a report that is lost is made good by the next one or by the next activation.
    private void ReportLevels()
    {
        foreach (var pool in Ledger.Acknowledged.Pools.Values.OrderBy(p => p.Campaign.Value, StringComparer.Ordinal))
        {
            var level = pool.View.Availability;
            if (pool.ClosedAt is not null || (_reported.TryGetValue(pool.Campaign, out var reported) && reported == level)) continue;
            _reported[pool.Campaign] = level;
            Report(pool.Campaign, level).Ignore();
        }
    }

    private async Task Report(CampaignId campaign, Availability level)
    {
        try
        {
            await GrainFactory.Campaign(campaign).ReportLevel(Ledger.Acknowledged.Sku, Ledger.AcknowledgedSeq, level);
        }
        catch
        {
            _reported.Remove(campaign); // So that the next commit tells it again.
            throw;
        }
    }
}
