using FlashSale.Drop.Crowd;
using FlashSale.Drop.Operator;

namespace FlashSale.Drop.Check;

/// <summary>Compares what shoppers were told with what the ledger and the operator's view say. Pure.</summary>
internal sealed class LedgerCheck(DropPlan plan, Differences differences)
{
    /// <summary>Live holds that no 201 named so far. A lost answer may explain them: see <see cref="UnheardAnswers"/>.</summary>
    public static IEnumerable<LedgerHold> Unheard(LedgerFold fold, IEnumerable<Shopper> shoppers)
    {
        var heard = PromisedIds(shoppers);
        return fold.Holds.Values.Where(hold => hold.IsLive && !heard.Contains(hold.Id));
    }

    public void Compare(LedgerFold fold, IReadOnlyCollection<Shopper> shoppers)
    {
        var promisedTo = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var shopper in shoppers)
        {
            foreach (var wish in shopper.Wishes.Where(wish => wish.HoldId is not null))
            {
                if (!promisedTo.TryAdd(wish.HoldId!, shopper.Name))
                    differences.Add("hold", $"{wish.HoldId} was promised twice, to {promisedTo[wish.HoldId!]} and to {shopper.Name}.");
                CompareWish(fold, shopper, wish);
            }

            if (shopper.UnitsPromised > plan.Limit)
                differences.Add("limit", $"{shopper.Name} was promised {shopper.UnitsPromised} units, over its limit of {plan.Limit}.");
        }

        foreach (var hold in Unheard(fold, shoppers))
            differences.Add("nobody", $"{hold.Id} (seq {hold.Generation}) lives in the ledger for {hold.Shopper}, and nobody was answered 201 for it.");
        foreach (var group in fold.Holds.Values.Where(hold => hold.End is null or LedgerKind.Confirmed).GroupBy(hold => hold.Shopper, StringComparer.Ordinal))
            if (group.Sum(hold => hold.Quantity) is var units && units > plan.Limit)
                differences.Add("limit", $"{group.Key} holds {units} units in the ledger, over its limit of {plan.Limit}.");
    }

    /// <param name="mustBeEmpty">Shoppers were still waiting for stock when the drop ended.</param>
    public void CompareShelf(LedgerFold fold, SkuView sku, bool mustBeEmpty)
    {
        if (sku.Received != sku.Available + sku.Held + sku.Sold + sku.Withdrawn)
            differences.Add("shelf", $"received {sku.Received} is not available {sku.Available} + held {sku.Held} + sold {sku.Sold} + withdrawn {sku.Withdrawn}.");
        Expect("received", sku.Received, plan.Stock);
        Expect("sold", sku.Sold, 0);
        Expect("withdrawn", sku.Withdrawn, 0);
        if (sku.Held != fold.LiveUnits)
            differences.Add("shelf", $"the SKU shows {sku.Held} units held, its ledger {fold.LiveUnits}.");
        if (!mustBeEmpty)
            return;
        Expect("available", sku.Available, 0);
        Expect("held", sku.Held, plan.Stock);
    }

    void CompareWish(LedgerFold fold, Shopper shopper, Wish wish)
    {
        if (!fold.Holds.TryGetValue(wish.HoldId!, out var hold))
            differences.Add("promise", $"{shopper.Name} was promised {wish.HoldId}, which is not in the ledger.");
        else if (hold.Shopper != shopper.Name || hold.Quantity != 1)
            differences.Add("promise", $"{shopper.Name} was promised 1 unit as {hold.Id}; the ledger has {hold.Quantity} for {hold.Shopper}.");
        else if (hold.End is { } end && (!wish.ReleaseAsked || end != LedgerKind.Released))
            differences.Add("promise", $"{shopper.Name} was promised {hold.Id}, which ended as {end} {(wish.ReleaseAsked ? "and not as Released" : "without having been given back")}.");
        else if (hold.IsLive && wish.Released)
            differences.Add("release", $"{shopper.Name} gave {hold.Id} back and was answered 204; it lives in the ledger.");
    }

    void Expect(string what, long actual, long expected)
    {
        if (actual != expected)
            differences.Add("shelf", $"{what} is {actual}, not {expected}.");
    }

    static HashSet<string> PromisedIds(IEnumerable<Shopper> shoppers) =>
        shoppers.SelectMany(shopper => shopper.Wishes).Where(wish => wish.HoldId is not null).Select(wish => wish.HoldId!).ToHashSet(StringComparer.Ordinal);
}
