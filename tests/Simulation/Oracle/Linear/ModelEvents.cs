namespace FlashSale.Simulation.Tests;

/// <summary>What the system did by itself, as the journal says it, on the specification's shelf.</summary>
internal static class ModelEvents
{
    public static ModelShelf? Apply(ModelShelf shelf, Fact fact) => fact.Type switch
    {
        FactType.Registered => shelf with { Registered = true },
        FactType.Received =>
            Done(shelf with { Received = shelf.Received + fact.Number("quantity"), General = shelf.General + fact.Number("quantity") }, fact, $"adjust {fact.Number("quantity")}"),
        FactType.Withdrawn when fact.Number("quantity") <= shelf.General =>
            Done(shelf with { Withdrawn = shelf.Withdrawn + fact.Number("quantity"), General = shelf.General - fact.Number("quantity") }, fact, $"adjust {-fact.Number("quantity")}"),
        FactType.WithdrawalGivenUp => Done(shelf, fact, "given up"),
        FactType.PoolConfigured => Configured(shelf, fact),
        FactType.PoolFrozen or FactType.PoolResumed => shelf.With(Pool(shelf, fact) with { Frozen = fact.Type == FactType.PoolFrozen }),
        FactType.PoolClosed => Closed(shelf, fact),
        FactType.Held => Held(shelf, fact),
        FactType.Extended => Live(shelf, fact) is { } hold ? shelf.With(hold with { ExpiresAt = fact.Time("expiresAt") }) : null,
        FactType.Confirmed => Live(shelf, fact) is { } hold ? Done(ModelRules.Sell(shelf, hold, (int)fact.Number("sold")), fact, $"confirm {hold.Id} {fact.Number("sold")}") : null,
        FactType.Released or FactType.Expired => Live(shelf, fact) is { } hold ? Ended(shelf, hold, fact) : null,
        FactType.Refunded => Refunded(shelf, fact),
        _ => null,
    };

    private static ModelShelf Configured(ModelShelf shelf, Fact fact) => shelf.With(Pool(shelf, fact) with
    {
        OnSale = fact.Flag("onSale"),
        Frozen = fact.Flag("frozen"),
        OpensAt = fact.Time("opensAt"),
        ClosesAt = fact.Time("closesAt"),
        Limit = (int)fact.Number("limitPerShopper"),
        HoldSeconds = (int)fact.Number("holdSeconds"),
        Available = Pool(shelf, fact).Available + fact.Number("moved"),
    }) with { General = shelf.General - fact.Number("moved") };

    private static ModelShelf? Closed(ModelShelf shelf, Fact fact)
    {
        var pool = Pool(shelf, fact);
        if (pool.Closed || pool.Available != fact.Number("returned")) return null;
        return shelf.With(pool with { Closed = true, Available = 0 }) with { General = shelf.General + pool.Available };
    }

    private static ModelShelf? Held(ModelShelf shelf, Fact fact)
    {
        var (id, quantity) = (fact.Text("hold"), (int)fact.Number("quantity"));
        var before = shelf.Holds.GetValueOrDefault(id);
        if (before is { HasEnded: false }) return null;
        // A late confirmation is no request of the shopper's: the first one is still the one to repeat.
        var asked = fact.Operation is null && before is not null ? before.Asked : quantity;
        return ModelRules.Hold(shelf, new ModelHold(id, fact.Seq, fact.Text("shopper"), fact.Text("campaign"), quantity, asked, fact.Time("expiresAt")));
    }

    private static ModelShelf Ended(ModelShelf shelf, ModelHold hold, Fact fact)
    {
        var pool = shelf.Pools[hold.Campaign];
        var ended = hold with { Is = fact.Type == FactType.Expired ? ModelState.Expired : ModelState.Released };
        var next = ModelRules.Free(shelf.With(ended).With(pool with { Held = pool.Held - hold.Quantity }), hold.Campaign, hold.Quantity);
        return fact.Type == FactType.Released && fact.Text("cause") == "ClaimRefused" ? ModelRules.Forget(next, ended, fact.At) : next;
    }

    private static ModelShelf? Refunded(ModelShelf shelf, Fact fact)
    {
        var (units, restock) = ((int)fact.Number("quantity"), fact.Flag("restock"));
        if (!shelf.Holds.TryGetValue(fact.Text("hold"), out var hold) || hold.Generation != fact.Number("generation") || hold.Sold < units) return null;
        return Done(ModelRules.TakeBack(shelf, hold, units, restock), fact, $"refund {hold.Id} {units} {restock}");
    }

    private static ModelHold? Live(ModelShelf shelf, Fact fact) =>
        shelf.Holds.TryGetValue(fact.Text("hold"), out var hold) && hold.Is == ModelState.Held && hold.Generation == fact.Number("generation") ? hold : null;

    private static ModelPool Pool(ModelShelf shelf, Fact fact) => shelf.Pools.GetValueOrDefault(fact.Text("campaign")) ?? new ModelPool(fact.Text("campaign"));

    private static ModelShelf? Done(ModelShelf shelf, Fact fact, string body) =>
        fact.Operation is not { } operation ? shelf : shelf.Done.ContainsKey(operation) ? null : shelf.WithDone(operation, body);
}
