using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Check;

/// <summary>
/// Asks at the end for what nobody heard. A hold in the ledger that nobody heard of is right in one case: its answer was lost, and the retry overtook
/// the first request, was refused, and the shopper has not come back since. Then the same key must now be answered with exactly that hold. And a
/// key whose last answer decided nothing must now be decided.
/// </summary>
internal sealed class UnheardAnswers(Promises promises, Differences differences, TimeProvider time)
{
    const int AttemptsMax = 20;

    // For all together: a server that is down would make each key wait for all of its attempts.
    static readonly TimeSpan AskLimit = TimeSpan.FromSeconds(60);

    /// <returns>How many holds were explained.</returns>
    public async Task<int> AskAsync(LedgerFold fold, Shopper[] shoppers, IReadOnlyList<Lane> lanes, CancellationToken stop)
    {
        var unheard = LedgerCheck.Unheard(fold, shoppers).ToLookup(hold => hold.Shopper, StringComparer.Ordinal);
        var wishes = shoppers
            .SelectMany(shopper => shopper.Wishes.Select(wish => (Shopper: shopper, Wish: wish)))
            .Where(asked => asked.Wish is { OutcomeUnknown: true, IsPromised: false } && (!asked.Wish.Decided || unheard.Contains(asked.Shopper.Name)))
            .ToList();
        using var limit = new CancellationTokenSource(AskLimit, time);
        var next = -1;
        await Task.WhenAll(lanes.Select(AskAllAsync));
        foreach (var (shopper, _) in wishes.Where(asked => !asked.Wish.Decided))
            differences.Add("unresolved", $"{shopper.Name}: nobody says what became of its request.");
        return shoppers.Where(shopper => unheard.Contains(shopper.Name))
            .Sum(shopper => unheard[shopper.Name].Count(hold => shopper.Wishes.Any(wish => wish.HoldId == hold.Id)));

        async Task AskAllAsync(Lane lane)
        {
            await Task.Yield();
            for (var i = Interlocked.Increment(ref next); i < wishes.Count && !limit.IsCancellationRequested; i = Interlocked.Increment(ref next))
                await AskAsync(wishes[i].Shopper, wishes[i].Wish, lane, limit.Token, stop);
        }
    }

    async Task AskAsync(Shopper shopper, Wish wish, Lane lane, CancellationToken limit, CancellationToken stop)
    {
        for (var attempt = 1; attempt <= AttemptsMax && !limit.IsCancellationRequested; attempt++)
        {
            await Task.Delay(shopper.Pace.WaitFor(1, time.GetElapsedTime(0)), time, stop);
            var answer = await lane.HoldAsync(shopper, wish);
            promises.Hear(shopper, wish, answer);
            if (!answer.IsRetryable)
                return;
            await Task.Delay(answer.RetryAfter, time, stop);
        }
    }
}
