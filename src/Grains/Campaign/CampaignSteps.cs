using FlashSale.Contracts;

namespace FlashSale.Grains.Campaign;

/// <summary>What a plan asks of one SKU. Pure: the same plan asks the same, however often it is driven.</summary>
internal static class CampaignSteps
{
    public static StockCommand CommandFor(CampaignState state, Plan plan, Sku sku) => plan.Kind switch
    {
        PlanKind.Allocate when state.Settled?.Find(sku) is not null => Pool(state, plan, state.Settled, sku, onSale: true, plan.Target.Find(sku)?.Units ?? 0),
        PlanKind.Allocate => Pool(state, plan, plan.Target, sku, onSale: false, plan.Target.Find(sku)?.Units ?? 0),
        PlanKind.Apply => Pool(state, plan, plan.Target, sku, onSale: plan.Target.Find(sku) is not null, plan.Target.Find(sku)?.Units ?? 0),
        // An undone first configuration leaves nothing behind.
        PlanKind.Undo => Pool(state, plan, state.Settled ?? plan.Target, sku, onSale: state.Settled?.Find(sku) is not null, state.Settled?.Find(sku)?.Units ?? 0),
        PlanKind.Freeze => new FreezePool(state.Id, plan.Version),
        PlanKind.Resume => new ResumePool(state.Id, plan.Version),
        PlanKind.Close => new ClosePool(state.Id, plan.Version),
        _ => throw new ArgumentOutOfRangeException(nameof(plan), plan.Kind, "No step of this kind."),
    };

    private static ConfigurePool Pool(CampaignState state, Plan plan, Settings settings, Sku sku, bool onSale, long units)
    {
        var price = settings.Prices.FirstOrDefault(p => p.Sku == sku)?.Price ?? Money.None;
        var config = settings.Config;
        return new ConfigurePool(
            state.Id, plan.Version, onSale, state.Frozen, units, Undo: plan.Kind == PlanKind.Undo,
            config.OpensAt, config.ClosesAt, config.LimitPerShopper, config.HoldSeconds, price);
    }
}
