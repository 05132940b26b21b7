using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>Which rare situations a run's journal and answers show; the others are seen as they happen.</summary>
internal sealed class Coverage(SimulationRun run, Books books)
{
    private static readonly TimeSpan AboutThen = TimeSpan.FromMilliseconds(400);

    private readonly Fact[] _facts = [.. run.Cluster.Store.Commits.Select(c => new Fact(c))];
    private readonly Trace _trace = run.Scheduler.Trace;

    public static void Count(SimulationRun run, Books books)
    {
        var coverage = new Coverage(run, books);
        coverage.Statistics();
        coverage.Holds();
        coverage.Ends();
        coverage.Payments();
        coverage.Campaigns();
        coverage.Answers();
        coverage.ReachIf(run.Cluster.Clocks.Spread > TimeSpan.FromMilliseconds(100), Situations.ClocksApart);
    }

    private void ReachIf(bool condition, Situation situation)
    {
        if (condition) _trace.Reach(situation);
    }

    private void ReachEach<T>(IEnumerable<T> all, Situation situation)
    {
        foreach (var _ in all) _trace.Reach(situation);
    }

    private void Statistics()
    {
        foreach (var fact in _facts) _trace.Count($"event {fact.Type}");
        foreach (var told in run.History.Of<HoldTold>()) _trace.Count($"told hold {told.Result.Status}{(told.Result.Repeated ? ", repeated" : "")}");
        foreach (var told in run.History.Of<OrderTold>()) _trace.Count($"told {told.Command.GetType().Name} {told.Result.Status}");
        foreach (var told in run.History.Of<CampaignTold>()) _trace.Count($"told {told.Action?.ToString() ?? (told.Config is null ? "View" : "Configure")} {told.Result.Status}");
        foreach (var told in run.History.Of<NothingTold>()) _trace.Count($"told {told.Code}");
        for (var over = books.Carts.Sum(c => c.LateOverLimit); over > 0; over--) _trace.Count("claim over the limit after a late confirmation");
    }

    private void Holds()
    {
        foreach (var hold in books.Stocks.SelectMany(s => s.Generations).GroupBy(g => (g.Sku, g.Hold)))
        {
            ReachIf(hold.Count(g => !g.IsLate) > 1, Situations.GrantedAnew);
            ReachIf(hold.Any(g => !g.IsLate && books.Cart(g.Shopper).Claim(g.Hold) is null), Situations.NeverClaimed);
            ReachIf(hold.Any(g => g.IsLate), Situations.LateConfirmTook);
            ReachIf(hold.Any(g => g is { IsLate: false, End: { Type: FactType.Confirmed } end } && end.At > g.PromisedUntil), Situations.ExtendedLived);
        }

        var refusals = _facts.Where(f => f.Type == FactType.ClaimRefused).Select(f => f.Member("status").ToString()).ToArray();
        ReachEach(refusals.Where(s => s == nameof(Status.LimitReached)), Situations.ClaimRefused);
        ReachEach(refusals.Where(s => s == nameof(Status.IdempotencyMismatch)), Situations.KeyUsedElsewhere);
        ReachEach(refusals.Where(s => s == nameof(Status.Gone)), Situations.GenerationRefused);
    }

    private void Ends()
    {
        foreach (var generation in books.Stocks.SelectMany(s => s.Generations))
        {
            if (generation.End is not { } end) continue;
            var freed = end.Type == FactType.Confirmed ? end.Number("freed") : generation.Quantity;
            ReachIf(end.Type == FactType.Confirmed && freed > 0, Situations.ConfirmedInPart);
            ReachIf(freed > 0 && books.Stock(generation.Sku).Pages(generation.Campaign)[^1].ClosedIndex is >= 0 and var closed && closed < end.Index, Situations.FreedIntoClosed);
        }

        ReachEach(_facts.Where(f => f.Type == FactType.Refunded && f.Flag("restock")), Situations.RefundRestocked);
        ReachEach(_facts.Where(f => f.Type == FactType.Refunded && !f.Flag("restock")), Situations.RefundWithdrawn);
    }

    private void Payments()
    {
        var ended = _facts.Where(f => f.Type is FactType.Expired or FactType.Released).ToLookup(f => (f.Text("hold"), f.Number("generation")));
        foreach (var told in run.History.Of<OrderTold>())
        {
            if (told.Command is Refund or Register) continue;
            var ends = ended[(told.Hold.Id.ToString(), told.Hold.Generation)].ToArray();
            var ending = ends.Where(f => f.Commit.Time >= told.AskedAt && f.Commit.Time <= told.AnsweredAt).ToArray();
            ReachIf(told.Command is Confirm && ending.Any(f => f.Type == FactType.Expired), Situations.ExpiryRacedConfirm);
            ReachIf(told.Command is Confirm && told.Result.Status == Status.Gone && ends.Length > 0, Situations.LateConfirmRefused);
            ReachIf(told.Command is Release && told.Result.Status == Status.AlreadyConfirmed, Situations.ReleaseRacedConfirm);
        }

        ReachEach(run.History.Of<ReleaseTold>().Where(t => t.Status == Status.AlreadyConfirmed), Situations.ReleaseRacedConfirm);
    }

    private void Campaigns()
    {
        foreach (var fact in _facts)
        {
            if (fact.Type == FactType.PoolClosed) ReachIf(InBurst(fact, Status.Closed), Situations.ClosedInBurst);
            if (fact.Type == FactType.PoolFrozen) ReachIf(InBurst(fact, Status.Frozen), Situations.FrozenInBurst);
            if (fact.Type == FactType.Undone) ReachIf(Taken(fact.Commit.Ledger, fact.Commit.Time, fact.Number("version")), Situations.UndoneHalfWay);
        }

        ReachEach(_facts.Where(f => f.Type == FactType.WithdrawalGivenUp), Situations.WithdrawalGivenUp);
        var bound = _facts.Where(f => f.Type == FactType.KeyBound).ToLookup(f => f.Operation!);
        ReachEach(_facts.Where(f => f.Type == FactType.KeySettled && bound[f.Operation!].Any() && bound[f.Operation!].Last().Commit.By != f.Commit.By), Situations.AdjustmentFinished);
        foreach (var ledger in _facts.Where(f => f.Type == FactType.CampaignConfigured).GroupBy(f => f.Commit.Ledger))
        {
            var configured = ledger.ToArray();
            for (var i = 1; i < configured.Length; i++)
            {
                var (before, after) = (configured[i - 1].Member("config"), configured[i].Member("config"));
                ReachIf(before.GetProperty("opensAt").GetDateTimeOffset() != after.GetProperty("opensAt").GetDateTimeOffset(), Situations.OpeningMoved);
                var skus = after.GetProperty("skus").EnumerateArray().Select(s => s.GetProperty("sku").GetString()).ToHashSet(StringComparer.Ordinal);
                ReachIf(before.GetProperty("skus").EnumerateArray().Any(s => !skus.Contains(s.GetProperty("sku").GetString())), Situations.SkuDropped);
            }
        }

        foreach (var death in run.Cluster.Deaths) ReachIf(run.Plan.Campaigns.Any(c => IsBetweenSkus(Books.CampaignPrefix + c.Value, death)), Situations.DiedBetweenSkus);
    }

    // Under way about then: one that was still granted, and one that was already refused.
    private bool InBurst(Fact fact, Status refusal)
    {
        var underWay = run.Cluster.Calls.Stock
            .Where(c => c.Question is Reserve reserve && reserve.Campaign.Value == fact.Text("campaign") && fact.Commit.Ledger == Books.StockPrefix + c.Sku.Value)
            .Where(c => c.Result is not null && c.AskedAt <= fact.Commit.Time + AboutThen && c.AnsweredAt >= fact.Commit.Time - AboutThen)
            .Select(c => c.Result!.Status).ToHashSet();
        return underWay.Contains(refusal) && underWay.Contains(Status.Accepted);
    }

    private bool Taken(string campaign, TimeSpan before, long version) => _facts.Any(f =>
        f.Type is FactType.PoolConfigured or FactType.PoolFrozen or FactType.PoolResumed or FactType.PoolClosed
        && Books.CampaignPrefix + f.Text("campaign") == campaign && f.Number("version") == version && f.Commit.Time < before);

    // The newest change had been decided, some SKUs had taken it, and the campaign had not yet heard so of all.
    private bool IsBetweenSkus(string campaign, TimeSpan at)
    {
        var newest = Array.FindLast(_facts, f => f.Commit.Ledger == campaign && f.Commit.Time < at);
        if (newest.Commit is null) return false;
        var version = newest.Type is FactType.StepFinished or FactType.CampaignConfigured or FactType.CampaignFrozen or FactType.CampaignResumed or FactType.CampaignClosed ? newest.Number("version") : -1;
        if (version < 0 || !Taken(campaign, at, version)) return false;
        return _facts.Any(f => f.Commit.Ledger == campaign && f.Commit.Time >= at && f.Type == FactType.StepFinished && f.Number("version") == version);
    }

    private void Answers()
    {
        foreach (var same in run.History.Of<HoldTold>().Where(t => t.Result.Status == Status.Accepted).GroupBy(t => t.Operation))
        {
            ReachIf(same.Select(t => t.By).Distinct(StringComparer.Ordinal).Count() > 1, Situations.AnswerRepeatedElsewhere);
        }

        var held = _facts.Where(f => f is { Type: FactType.Held, Operation: not null }).ToLookup(f => f.Operation!);
        foreach (var call in run.Cluster.Calls.Stock)
        {
            if (call is not { Question: Reserve reserve, Result: { } result }) continue;
            ReachIf(result is { Repeated: true, Hold: { } hold } && held[reserve.Operation.ToString()].Any(f => f.Seq == hold.Generation && f.Commit.Time > call.AskedAt), Situations.RepeatJoined);
            ReachIf(result is { Status: Status.LimitReached, RetryAfter: not null }, Situations.PausedAfterRefusal);
            ReachIf(result.Status == Status.Overloaded, Situations.QueueFull);
        }

        ReachEach(run.History.Of<HoldTold>().Where(t => t.Result.Status == Status.Overloaded), Situations.QueueFull);
        ReachEach(run.History.Of<AdjustTold>().Where(t => t.Result.Repeated), Situations.AdjustmentRepeated);
        ReachEach(run.History.Of<AdjustTold>().Where(t => t.Result.Status == Status.Conflict), Situations.WithdrawalRefused);
        ReachEach(run.History.Of<AdjustTold>().Where(t => t.Result.Status == Status.IdempotencyMismatch), Situations.OperatorsKeyUsedAgain);
        foreach (var pool in run.History.Of<HoldTold>().GroupBy(t => (t.Sku, t.Campaign)))
        {
            var soldOut = pool.FirstOrDefault(t => t.Result.Status == Status.SoldOut);
            ReachIf(soldOut is not null && pool.Any(t => t.Result is { Status: Status.Accepted, Repeated: false } && t.AskedAt > soldOut.AnsweredAt), Situations.MayReturn);
        }
    }
}
