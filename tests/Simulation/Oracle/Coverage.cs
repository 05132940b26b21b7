namespace FlashSale.Simulation.Tests;

/// <summary>What a run's journal and answers show of the rare things that it was meant to reach.</summary>
internal static class Coverage
{
    public static void Count(IReadOnlyList<Commit> commits, History history, Books books, Trace trace)
    {
        foreach (var commit in commits)
        {
            var fact = new Fact(commit);
            trace.Reach($"event {fact.Type}{Detail(fact)}");
        }

        foreach (var told in history.Of<HoldTold>()) trace.Reach($"told hold {told.Result.Status}{(told.Result.Repeated ? ", repeated" : "")}");
        foreach (var told in history.Of<ReleaseTold>()) trace.Reach($"told release {told.Status}");
        foreach (var told in history.Of<OrderTold>()) trace.Reach($"told {told.Command.GetType().Name} {told.Result.Status}");
        foreach (var told in history.Of<AdjustTold>()) trace.Reach($"told adjustment {told.Result.Status}{(told.Result.Repeated ? ", repeated" : "")}");
        foreach (var told in history.Of<CampaignTold>()) trace.Reach($"told {told.Action?.ToString() ?? (told.Config is null ? "View" : "Configure")} {told.Result.Status}");
        for (var over = books.Carts.Sum(c => c.LateOverLimit); over > 0; over--) trace.Reach("claim over the limit after a late confirmation");
        foreach (var hold in books.Stocks.SelectMany(s => s.Generations).GroupBy(g => (g.Sku, g.Hold)))
        {
            if (hold.Count(g => !g.IsLate) > 1) trace.Reach("hold granted anew");
            if (hold.Any(g => g.IsLate)) trace.Reach("hold confirmed late");
            if (hold.Any(g => !g.IsLate && books.Cart(g.Shopper).Claim(g.Hold) is null)) trace.Reach("hold never claimed");
        }
    }

    private static string Detail(Fact fact) => fact.Type switch
    {
        FactType.Released => $", {fact.Text("cause")}",
        FactType.ClaimRefused => $", {Value(fact, "status")}",
        FactType.ClaimEnded => $", {Value(fact, "state")}",
        FactType.KeyFreed => $", {fact.Text("status")}",
        _ => "",
    };

    private static string Value(Fact fact, string name) => fact.Member(name).ToString();
}
