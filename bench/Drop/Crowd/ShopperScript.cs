namespace FlashSale.Drop.Crowd;

/// <summary>
/// What shoppers do, one step at a time, and what they may be told. Stateless apart from the shopper, so all workers share one.
/// Answers are judged by <see cref="Promises"/>; here they only steer.
/// </summary>
internal sealed class ShopperScript(Promises promises, int limit, TimeProvider time)
{
    // The most calls that one step makes (a desertion and a double tap), asked for beforehand so that no step has to stop half-way.
    const int CallsPerStep = 3;

    public ValueTask<Next> StepAsync(Shopper shopper, Lane lane)
    {
        var wait = shopper.Pace.WaitFor(CallsPerStep, time.GetElapsedTime(0));
        if (wait > TimeSpan.Zero)
            return ValueTask.FromResult(Next.After(wait));
        return shopper.Stage switch
        {
            Stage.Buy => BuyAsync(shopper, lane),
            Stage.RepeatAccepted => RepeatAcceptedAsync(shopper, lane),
            Stage.Release or Stage.ReleaseAgain => ReleaseAsync(shopper, lane),
            _ => throw new InvalidOperationException($"No step for {shopper.Stage}."),
        };
    }

    async ValueTask<Next> BuyAsync(Shopper shopper, Lane lane)
    {
        if (shopper.Has(Habits.Deserts) && !shopper.Wish.Deserted)
            await DesertAsync(shopper, lane);
        if (shopper.Has(Habits.DoubleTaps))
            return await BuyTwiceAsync(shopper, lane);
        var answer = await lane.HoldAsync(shopper);
        promises.Hear(shopper, shopper.Wish, answer);
        return answer.Kind == AnswerKind.Held ? AfterHeld(shopper) : AfterRefusal(shopper, answer);
    }

    static async ValueTask DesertAsync(Shopper shopper, Lane lane)
    {
        // Noted before the bytes leave: from then on the server may act.
        shopper.Wish.OutcomeUnknown = true;
        if (await lane.HoldAndLeaveAsync(shopper, shopper.Has(Habits.DesertsHard)))
            lane.Tally.Desertions++;
        shopper.Wish.Deserted = true;
    }

    async ValueTask<Next> BuyTwiceAsync(Shopper shopper, Lane lane)
    {
        lane.Tally.DoubleTaps++;
        var (first, second) = await lane.HoldTwiceAsync(shopper);
        // Yes before no, or a refusal that overtook the other tap's 201 would look like one that came after it.
        if (second.Kind == AnswerKind.Held)
            (first, second) = (second, first);
        promises.Hear(shopper, shopper.Wish, first);
        promises.HearBeside(shopper, shopper.Wish, second);
        if (first.Kind != AnswerKind.Held)
            return AfterRefusal(shopper, first.IsRetryable ? first : second);
        if (second.Kind == AnswerKind.Held)
            return AfterHeld(shopper);
        // The other tap was too early or got lost; now that the key was accepted it must be told the same.
        shopper.Stage = Stage.RepeatAccepted;
        return Next.Again;
    }

    async ValueTask<Next> RepeatAcceptedAsync(Shopper shopper, Lane lane)
    {
        lane.Tally.Repeats++;
        var answer = await lane.HoldAsync(shopper);
        promises.Hear(shopper, shopper.Wish, answer);
        if (answer.IsRetryable)
            return Next.After(shopper.RetryAfter(answer.RetryAfter));
        return shopper.Wish.ReleaseAsked ? Next.Leave : AfterHeld(shopper);
    }

    async ValueTask<Next> ReleaseAsync(Shopper shopper, Lane lane)
    {
        if (!shopper.Wish.ReleaseAsked)
            lane.Tally.Abandonments++;
        shopper.Wish.ReleaseAsked = true;
        var answer = await lane.ReleaseAsync(shopper, shopper.Wish.HoldId!);
        if (answer.IsRetryable)
            return Next.After(shopper.RetryAfter(answer.RetryAfter));
        promises.HearRelease(shopper, shopper.Wish, answer);
        if (shopper.Stage == Stage.ReleaseAgain)
        {
            // The first answer stands although what it promised has been given back.
            shopper.Stage = Stage.RepeatAccepted;
            return Next.Again;
        }

        shopper.Stage = Stage.ReleaseAgain;
        return shopper.Has(Habits.AbandonsTwice) ? Next.Again : Next.Leave;
    }

    Next AfterHeld(Shopper shopper)
    {
        shopper.Stage = Stage.Buy;
        // Without a usable id there is nothing to release; the odd answer has been reported.
        if (shopper.Has(Habits.Abandons) && shopper.Wish.HoldId is not null)
        {
            shopper.Stage = Stage.Release;
            return Next.After(shopper.Ponders);
        }

        if (!shopper.Has(Habits.Greedy) || shopper.Wishes.Count > limit)
            return Next.Leave;
        shopper.WishForOneMore();
        return Next.Again;
    }

    static Next AfterRefusal(Shopper shopper, Answer answer)
    {
        if (answer.IsRetryable)
            return Next.After(shopper.RetryAfter(answer.RetryAfter));
        return answer is { Kind: AnswerKind.SoldOut, MayReturn: true } && shopper.UnitsPromised == 0 ? Next.WaitForStock : Next.Leave;
    }
}
