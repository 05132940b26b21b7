using System.Buffers;
using System.Text.Json;

namespace FlashSale.Drop.Crowd;

/// <summary>
/// Writes down what shoppers were promised, and reports at once whatever no order of events could make right. What only the ledger can
/// tell is left to the check at the end.
/// </summary>
internal sealed class Promises(DropPlan plan, Differences differences)
{
    static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>An answer to a request that was sent when everything heard so far was already decided.</summary>
    public void Hear(Shopper shopper, Wish wish, Answer answer)
    {
        if (wish.IsPromised && answer.Kind is AnswerKind.SoldOut or AnswerKind.LimitReached or AnswerKind.Odd)
            differences.Add("repeat", $"{shopper.Name}: a key that was answered 201 was answered {answer.Code} when repeated.");
        HearBeside(shopper, wish, answer);
    }

    /// <summary>An answer to a request that ran beside another one with the same key: a refusal may have been decided before the other's 201.</summary>
    public void HearBeside(Shopper shopper, Wish wish, Answer answer)
    {
        if (answer.IsUnknown)
            wish.OutcomeUnknown = true;
        wish.Decided = !answer.IsRetryable;
        if (answer.Kind == AnswerKind.Held)
            HearHeld(shopper, wish, answer.Body.Span);
        // The limit counts what other keys hold; a repeat of the one key must never meet it.
        else if (answer.Kind == AnswerKind.LimitReached && shopper.Wishes.Count(other => other != wish && other.IsPromised) < plan.Limit)
            differences.Add("limit", $"{shopper.Name}: limit_reached although it holds less than its limit of {plan.Limit}.");
        else if (answer is { Kind: AnswerKind.SoldOut, MayReturn: false })
            differences.Add("sold_out", $"{shopper.Name}: sold_out without mayReturn, while every unit is in an unpaid hold.");
    }

    public void HearRelease(Shopper shopper, Wish wish, Answer answer)
    {
        if (answer.Kind == AnswerKind.Released)
            wish.Released = true;
        else
            differences.Add("release", $"{shopper.Name}: DELETE of its hold {wish.HoldId} was answered {answer.Code}, not 204.");
    }

    void HearHeld(Shopper shopper, Wish wish, ReadOnlySpan<byte> body)
    {
        if (wish.FirstAnswer is null)
        {
            wish.FirstAnswer = body.ToArray();
            wish.HoldId = ReadHold(shopper, wish.FirstAnswer);
        }
        else if (!body.SequenceEqual(wish.FirstAnswer))
        {
            differences.Add("repeat", $"{shopper.Name}: one key, two answers: {Text.Start(wish.FirstAnswer)} and {Text.Start(body)}");
        }
    }

    string? ReadHold(Shopper shopper, byte[] body)
    {
        HeldBody? hold = null;
        try
        {
            hold = JsonSerializer.Deserialize<HeldBody>(body, JsonSerializerOptions.Web);
        }
        catch (JsonException)
        {
            // Reported below like any other body that is not a hold.
        }

        var isId = hold?.Id is { Length: >= 16 and <= 32 } id && !id.AsSpan().ContainsAnyExcept(IdCharacters);
        if (isId && hold is { Quantity: 1, State: "held", ExpiresAt: not null } && hold.Campaign == plan.Campaign && hold.Sku == plan.Sku)
            return hold.Id;
        differences.Add("hold", $"{shopper.Name}: this 201 is not the hold that was asked for: {Text.Start(body)}");
        return isId ? hold!.Id : null;
    }

    sealed record HeldBody(string? Id, string? Campaign, string? Sku, int Quantity, string? State, DateTimeOffset? ExpiresAt);
}
