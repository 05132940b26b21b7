using FlashSale.Contracts;

namespace FlashSale.Simulation.Tests;

/// <summary>Stands for the orders: confirms holds in time or late, all or a part, extends them before, refunds some after, gives some back.</summary>
internal sealed class Clerk(Client client, SimRandom random, string desk)
{
    private int _orders;

    public async Task Order(HoldInfo hold)
    {
        var order = $"order-{desk}-{++_orders}";
        var generation = new HoldRef(hold.Id, hold.Generation);
        if (random.Chance(0.2)) await Execute(hold, new Extend(generation, hold.ExpiresAt.AddSeconds(random.Between(1, 4))), null);
        await client.Lane.Delay(Pondering(hold));
        if (random.Chance(0.1))
        {
            await Execute(hold, new Release(generation, ReleaseCause.Order), null);
            if (random.Chance(0.7)) return; // Otherwise the payment was under way already.
        }

        var quantity = random.Chance(0.2) ? 1 : hold.Quantity;
        var pay = OperationId.Of(order, "confirm", "1");
        var sold = await Execute(hold, new Confirm(pay, generation, quantity), pay);
        if (sold is not { Status: Status.Accepted, Hold: { } confirmed }) return;
        if (random.Chance(0.2)) await Execute(hold, new Confirm(pay, generation, quantity), pay);
        if (!random.Chance(0.3)) return;

        await client.Lane.Delay(random.Milliseconds(0, random.Chance(0.3) ? 60_000 : 5_000));
        var refund = OperationId.Of(order, "refund", "1");
        await Execute(hold, new Refund(refund, new HoldRef(hold.Id, confirmed.Generation), random.Between(1, quantity), random.Chance(0.5)), refund);
    }

    // Some pay at once, some just as the hold ends, some long after.
    private TimeSpan Pondering(HoldInfo hold)
    {
        var left = hold.ExpiresAt - SimScheduler.Epoch - client.Lane.Scheduler.Now;
        if (left > TimeSpan.Zero && random.Chance(0.3)) return left + random.Milliseconds(0, 600);
        return random.Milliseconds(0, random.Chance(0.3) ? 20_000 : 2_000);
    }

    private Task<StockResult?> Execute(HoldInfo hold, StockCommand command, OperationId? operation) => client.Insist(
        random.Between(2, 6),
        gateway => gateway.Grains.Stock(hold.Sku).Execute(command),
        result => new OrderTold(hold, command, operation, result),
        operation);
}
