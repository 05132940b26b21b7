namespace FlashSale.Drop.Operator;

/// <summary>Puts the stock on the shelf and opens the campaign.</summary>
internal static class DropSetup
{
    static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(30), OpenPoll = TimeSpan.FromMilliseconds(100);

    // Far enough back that a campaign opens at once on a server whose clock is a little behind ours.
    static readonly TimeSpan OpenedAgo = TimeSpan.FromMinutes(1), Length = TimeSpan.FromDays(1);

    public static async Task OpenAsync(OperatorApi api, DropPlan plan, TimeProvider time, CancellationToken stop)
    {
        await api.PutSkuAsync(plan.Sku, stop);
        var sku = await api.ReceiveAsync(plan.Sku, plan.Stock, stop);
        if (sku.Received != plan.Stock)
            throw new DropException($"A new SKU received {plan.Stock} units, and the server shows {sku.Received}.");
        var opensAt = time.GetUtcNow() - OpenedAgo;
        await api.PutCampaignAsync(plan, opensAt, opensAt + Length, stop);
        await WaitUntilOpenAsync(api, plan, time, stop);
    }

    static async Task WaitUntilOpenAsync(OperatorApi api, DropPlan plan, TimeProvider time, CancellationToken stop)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            var board = await api.GetBoardAsync(plan.Campaign, stop);
            if (board.State == "open")
                return;
            if (time.GetElapsedTime(start) > OpenLimit)
                throw new DropException($"Campaign {plan.Campaign} is '{board.State}' {OpenLimit.TotalSeconds:0} s after it should have opened.");
            await Task.Delay(OpenPoll, time, stop);
        }
    }
}
