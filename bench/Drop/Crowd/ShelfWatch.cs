using FlashSale.Drop.Operator;

namespace FlashSale.Drop.Crowd;

/// <summary>How the drop ended.</summary>
/// <param name="InTime">False: the crowd was sent home by --keep-going-seconds.</param>
/// <param name="StillWaiting">Shoppers who would have bought: with one or more, the shelf must be empty.</param>
/// <param name="Took">From the first request until the last shopper was done, without the wait that showed it.</param>
internal readonly record struct ShelfEnd(bool InTime, int StillWaiting, int StillActive, TimeSpan Took);

/// <summary>
/// Looks at the shelf, brings refused shoppers back when units are on it again, in waves and not all at once, and says when the drop is over:
/// nobody acts, and either nobody waits or nothing is left.
/// </summary>
/// <param name="limit">From the opening: after this long the crowd gives up.</param>
internal sealed class ShelfWatch(Floor floor, OperatorApi api, DropPlan plan, DropOptions options, TimeSpan limit, TimeProvider time)
{
    // Some of those woken find the unit taken by a newcomer; four per unit keeps it from lying there for another look.
    const int WokenPerUnit = 4;

    TimeSpan _boardDue;
    TimeSpan? _unitsSince;
    bool _boardShowsUnits;

    public long Available { get; private set; } = plan.Stock;

    public async Task<ShelfEnd> RunAsync(CancellationToken stop)
    {
        var start = time.GetTimestamp();
        TimeSpan? quietSince = null;
        using var timer = new PeriodicTimer(options.Tempo.Look, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            var elapsed = time.GetElapsedTime(start);
            // Asked before the shelf is looked at: what nobody changes any more stays as it is seen.
            var quiet = floor.Active == 0;
            quietSince = quiet ? quietSince ?? elapsed : null;
            await LookAsync(elapsed, stop);
            var waiting = floor.Waiting;
            if (quiet && (waiting == 0 || Available == 0))
                return new ShelfEnd(true, waiting, 0, quietSince!.Value);
            if (elapsed > limit)
                return new ShelfEnd(false, waiting, floor.Active, elapsed);
            if (waiting > 0 && IsWorthComing(elapsed))
                floor.WakeWaiting((int)Math.Min(Available * WokenPerUnit, int.MaxValue), time.GetElapsedTime(0));
        }

        throw new OperationCanceledException(stop);
    }

    bool IsWorthComing(TimeSpan elapsed) =>
        Available > 0 && (_boardShowsUnits || elapsed - _unitsSince >= options.Tempo.Patience);

    async Task LookAsync(TimeSpan elapsed, CancellationToken stop)
    {
        try
        {
            Available = (await api.GetSkuAsync(plan.Sku, stop)).Available;
            _unitsSince = Available > 0 ? _unitsSince ?? elapsed : null;
            if (elapsed < _boardDue)
                return;
            var board = await api.GetBoardAsync(plan.Campaign, stop);
            _boardShowsUnits = board.Skus.Any(sku => sku.Sku == plan.Sku && sku.Availability != "soldOut");
            _boardDue = elapsed + TimeSpan.FromMilliseconds(board.NextPollMs);
        }
        catch (DropException) when (options.Allows(DropOptions.Unavailable) || options.Allows(DropOptions.BrokenConnection))
        {
            // This run lives through outages: look again at the next tick, until its time is up.
        }
    }
}
