namespace FlashSale.Drop.Report;

/// <summary>How the shelf emptied, as the ledger tells it: units left over the time since the opening.</summary>
internal static class SellDown
{
    // More points than a picture has dots are of no use.
    const int PointsMax = 1000;

    /// <summary>Begins full at the opening. Events within a thousandth of the drop are one point, with what was left after the last of them.</summary>
    public static IReadOnlyList<(TimeSpan At, long Left)> Of(DropResult result)
    {
        var points = new List<(TimeSpan At, long Left)> { (TimeSpan.Zero, result.Plan.Stock) };
        var step = result.End.Took / PointsMax;
        foreach (var (at, left) in result.Ledger.Shelf)
        {
            // Two clocks that differ a little must not put events before the opening.
            var time = at > result.OpenedAt ? at - result.OpenedAt : TimeSpan.Zero;
            if (points.Count > 1 && time - points[^1].At < step)
                points[^1] = (points[^1].At, left);
            else
                points.Add((time, left));
        }

        return points;
    }
}
