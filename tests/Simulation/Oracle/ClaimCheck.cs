using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>What carts answered: durable and final for each generation, refusals too, and no refusal for a limit that was not reached by what the stock says.</summary>
internal sealed class ClaimCheck(Books books, IReadOnlyList<ClaimCall> calls, Findings findings)
{
    public void Run()
    {
        foreach (var call in calls) Answer(call);
        var askedAt = calls.GroupBy(c => (c.Hold.Id.ToString(), c.Hold.Sku.Value, c.Hold.Generation)).ToDictionary(g => g.Key, g => g.Min(c => c.AskedAt));
        foreach (var cart in books.Carts)
        {
            foreach (var refusal in cart.LimitRefusals)
            {
                var key = (refusal.Text("hold"), refusal.Text("sku"), refusal.Number("generation"));
                if (askedAt.TryGetValue(key, out var asked)) Limit(cart, refusal, asked);
            }
        }
    }

    private void Answer(ClaimCall call)
    {
        if (call.Answer is not { } answer) return;
        var (hold, cart) = (call.Hold, books.Cart(call.Hold.Shopper.Value));
        var claim = cart.Claim(hold.Id.ToString()) is { } found && found.Index < call.Durable ? found : null;
        if (answer.Status == Status.Accepted)
        {
            findings.Check("P2", claim is not null && claim.Sku == hold.Sku.Value, () => $"{call}: no durable claim: {claim}");
            return;
        }

        var isOfAnother = call.Refuses && answer.Status == Status.IdempotencyMismatch && claim is not null && (claim.Sku, claim.Campaign) != (hold.Sku.Value, hold.Campaign.Value);
        findings.Check("P2", isOfAnother || cart.HasRefused(hold.Id.ToString(), hold.Sku.Value, hold.Generation, call.Durable), () => $"{call}: no durable refusal");
    }

    // Everything that the shopper had at any moment since the claim was asked for.
    private void Limit(CartBook cart, Fact refusal, TimeSpan asked)
    {
        if (books.Stock(refusal.Text("sku")).Find(refusal.Text("hold"), refusal.Number("generation")) is not { } generation) return;
        var owned = cart.Claims.Where(c => c.Campaign == generation.Campaign && c.Hold != generation.Hold && c.Index < refusal.Index).Sum(c => Had(c, asked));
        findings.Check("truth", owned + generation.Quantity > generation.Limit, () => $"{refusal}: of a limit of {generation.Limit} only {owned} units were owned since {asked}");
    }

    private long Had(ClaimEntry claim, TimeSpan since)
    {
        if (books.Stock(claim.Sku).Find(claim.Hold, claim.Generation) is not { } generation) return 0;
        if (generation.End is not { } end || end.Commit.Time >= since) return generation.Quantity;
        return end.Type == FactType.Confirmed ? end.Number("sold") : 0;
    }
}
