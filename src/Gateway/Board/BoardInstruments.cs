using System.Diagnostics.Metrics;

namespace FlashSale.Gateway.Board;

/// <summary>What the boards show to operators, meter <c>FlashSale.Boards</c>; docs/metrics.md explains it.</summary>
internal sealed class BoardInstruments
{
    public const string MeterName = "FlashSale.Boards";

    public BoardInstruments(IMeterFactory meters, BoardCache boards)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("flashsale.boards.age", () => boards.OldestAge.TotalSeconds, "s", "For how long the oldest followed board may have been out of date.");
        meter.CreateObservableGauge("flashsale.boards.followed", () => boards.Count, "{campaign}", "Campaigns that are followed by a long poll.");
    }
}
