namespace FlashSale.Simulation.Tests;

/// <summary>P4, once nothing goes wrong any more: no unit is stranded, every hold ends in time, every campaign reaches its end.</summary>
internal static class SettledCheck
{
    /// <summary>How late a unit may come back.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(2);

    // One commit of the store.
    private static readonly TimeSpan Commit = TimeSpan.FromMilliseconds(100);

    /// <param name="books">The fold of the journal.</param>
    /// <param name="clocks">What the ledger clocks showed: they judge.</param>
    /// <param name="calmAt">From when P4 must hold without any allowance for faults.</param>
    /// <param name="settledAt">When everything must have come to its end.</param>
    /// <param name="findings">Where it goes.</param>
    public static void Run(Books books, Clocks clocks, TimeSpan calmAt, TimeSpan settledAt, Findings findings)
    {
        // Where two clocks differ, whoever takes a ledger over finds what was not due yet, or overdue, by that much.
        var most = Most + clocks.Spread;
        var (calm, endAt) = (clocks.Between(calmAt, calmAt).Latest, clocks.Between(settledAt, settledAt).Earliest);
        foreach (var generation in books.Stocks.SelectMany(s => s.Generations))
        {
            findings.Check("P4", !generation.IsLive || generation.ExpiresAt + most > endAt, () => $"{generation} still lives at {endAt:O}");
            if (generation.End is not { Type: FactType.Expired } end || generation.ExpiresAt < calm) continue;
            findings.Check("P4", end.At <= generation.ExpiresAt + most, () => $"{end}: expired {end.At - generation.ExpiresAt} late");
            var durable = clocks.Between(end.Commit.Time, end.Commit.Time).Earliest;
            findings.Check("P4", durable <= generation.ExpiresAt + most + Commit, () => $"{end}: durable only at {durable:O}, due {generation.ExpiresAt:O}");
        }

        foreach (var stock in books.Stocks)
        {
            foreach (var (campaign, pool) in stock.Pools) Pool(campaign, pool);
        }

        void Pool(string campaign, PoolPage pool)
        {
            findings.Check("P4", pool.OnSale || pool.Available == 0, () => $"{campaign}: {pool.Available} units are stranded in a pool that nobody can buy from");
            if (!pool.OnSale) return;
            var facts = books.Campaign(campaign);
            if (!pool.IsClosed) Rules(campaign, pool, facts);
            var closed = facts.Any(f => f.Type == FactType.CampaignClosed);
            findings.Check("P4", closed == pool.IsClosed, () => $"{campaign}: campaign closed: {closed}, its pool: {pool}");
            findings.Check("P4", pool.IsClosed || pool.ClosesAt + most + Commit > endAt, () => $"{campaign}: open after its end: {pool}");
            var frozen = facts.LastOrDefault(f => f.Type is FactType.CampaignFrozen or FactType.CampaignResumed) is { Commit: not null, Type: FactType.CampaignFrozen };
            findings.Check("P4", pool.IsClosed || frozen == pool.Frozen, () => $"{campaign}: campaign frozen: {frozen}, its pool: {pool}");
        }

        // The newest configuration that was not undone.
        void Rules(string campaign, PoolPage pool, IReadOnlyList<Fact> facts)
        {
            var settled = facts.Where((f, i) => f.Type == FactType.CampaignConfigured && facts.Skip(i + 1).FirstOrDefault(n => n.Type is FactType.CampaignConfigured or FactType.Undone) is not { Commit: not null, Type: FactType.Undone }).LastOrDefault();
            if (settled.Commit is null) return;
            var config = settled.Member("config");
            var due = (config.GetProperty("opensAt").GetDateTimeOffset(), config.GetProperty("closesAt").GetDateTimeOffset(), config.GetProperty("limitPerShopper").GetInt32(), config.GetProperty("holdSeconds").GetInt32());
            findings.Check("P8", due == (pool.OpensAt, pool.ClosesAt, pool.Limit, pool.HoldSeconds), () => $"{campaign}: the campaign's rules are {due}, its pool's {pool}");
        }
    }
}
