namespace FlashSale.Simulation.Tests;

/// <summary>P4, once nothing goes wrong any more: no unit is stranded, every hold ends in time, every campaign reaches its end.</summary>
internal static class SettledCheck
{
    /// <summary>How late a unit may come back.</summary>
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(2);

    // The ledger clock follows the store's; it may be off by some tenths of a second where a process's own clock runs wrong.
    private static readonly TimeSpan ClockError = TimeSpan.FromMilliseconds(500);

    /// <param name="books">The fold of the journal.</param>
    /// <param name="calmAt">Store time from which P4 must hold without any allowance for faults.</param>
    /// <param name="endAt">Store time of the last event there could be.</param>
    /// <param name="findings">Where it goes.</param>
    public static void Run(Books books, DateTimeOffset calmAt, DateTimeOffset endAt, Findings findings)
    {
        foreach (var generation in books.Stocks.SelectMany(s => s.Generations))
        {
            findings.Check("P4", !generation.IsLive || generation.ExpiresAt + Most + ClockError > endAt, () => $"{generation} still lives at {endAt:O}");
            if (generation.End is not { Type: FactType.Expired } end || generation.ExpiresAt < calmAt) continue;
            findings.Check("P4", end.At <= generation.ExpiresAt + Most, () => $"{end}: expired {end.At - generation.ExpiresAt} late");
            findings.Check("P4", SimScheduler.Epoch + end.Commit.Time <= generation.ExpiresAt + Most + ClockError, () => $"{end}: durable only at {SimScheduler.Epoch + end.Commit.Time:O}, due {generation.ExpiresAt:O}");
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
            var closed = facts.Any(f => f.Type == FactType.CampaignClosed);
            findings.Check("P4", closed == pool.IsClosed, () => $"{campaign}: campaign closed: {closed}, its pool: {pool}");
            findings.Check("P4", pool.IsClosed || pool.ClosesAt + Most + ClockError > endAt, () => $"{campaign}: open after its end: {pool}");
            var frozen = facts.LastOrDefault(f => f.Type is FactType.CampaignFrozen or FactType.CampaignResumed) is { Commit: not null, Type: FactType.CampaignFrozen };
            findings.Check("P4", pool.IsClosed || frozen == pool.Frozen, () => $"{campaign}: campaign frozen: {frozen}, its pool: {pool}");
        }
    }
}
