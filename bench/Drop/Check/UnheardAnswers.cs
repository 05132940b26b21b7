using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Check;

/// <summary>
/// A hold in the ledger that nobody heard of is right in one case: its answer was lost, and the retry overtook the first request, was refused,
/// and the shopper has not come back since. Then the same key must now be answered with exactly that hold. So it is asked.
/// </summary>
internal sealed class UnheardAnswers(Promises promises, TimeProvider time)
{
    const int AttemptsMax = 20;

    /// <returns>How many holds were explained.</returns>
    public async Task<int> AskAsync(LedgerFold fold, Shopper[] shoppers, Lane lane, CancellationToken stop)
    {
        var unheard = LedgerCheck.Unheard(fold, shoppers).ToLookup(hold => hold.Shopper, StringComparer.Ordinal);
        var explained = 0;
        foreach (var shopper in shoppers.Where(shopper => unheard.Contains(shopper.Name)))
        {
            foreach (var wish in shopper.Wishes.Where(wish => wish is { OutcomeUnknown: true, IsPromised: false }))
                await AskAsync(shopper, wish, lane, stop);
            explained += unheard[shopper.Name].Count(hold => shopper.Wishes.Any(wish => wish.HoldId == hold.Id));
        }

        return explained;
    }

    async Task AskAsync(Shopper shopper, Wish wish, Lane lane, CancellationToken stop)
    {
        for (var attempt = 1; attempt <= AttemptsMax; attempt++)
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
