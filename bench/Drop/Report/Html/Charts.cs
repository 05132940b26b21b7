using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report.Html;

/// <summary>A picture, what its colours mean, and a sentence below it.</summary>
internal sealed record Chart(string Title, string Svg, IReadOnlyList<(string Color, string Name)> Legend, string Caption);

/// <summary>The report's pictures, each drawn from a finished drop.</summary>
internal sealed class Charts(DropResult result)
{
    const int CurvePoints = 400;

    const string Blue = "#2563eb", Amber = "#d97706", Red = "#b91c1c", Grey = "#6b7280", Green = "#15803d";

    static readonly Dictionary<AnswerKind, string> Colors = new()
    {
        [AnswerKind.Held] = Green,
        [AnswerKind.SoldOut] = "#b6c2d1",
        [AnswerKind.LimitReached] = "#7c3aed",
        [AnswerKind.Released] = "#22b8cf",
        [AnswerKind.Overloaded] = "#f59e0b",
        [AnswerKind.RateLimited] = "#eab308",
        [AnswerKind.Unavailable] = "#f87171",
        [AnswerKind.Broken] = "#7f1d1d",
        [AnswerKind.Odd] = "#db2777",
    };

    readonly IReadOnlyList<Bin> _bins = Bin.Of(result.Timeline);

    double End => Math.Max(_bins[^1].To, 1);

    public Chart SellingDown()
    {
        var points = SellDown.Of(result).Select(point => (At: point.At.TotalSeconds, Value: (double)point.Left)).ToList();
        // The crowd stays longer than the stock; what is worth seeing is the sale.
        var end = Math.Min(Math.Max(points[^1].At * 1.1, 1), End);
        var plot = Band(new Plot("Units left over time", "units left", Scale.Exact(end), Scale.Linear(result.Plan.Stock))).Steps(Green, points, end);
        for (var i = 1; i < points.Count; i++)
            plot.Hover(points[i - 1].At, points[i].At, $"until {points[i].At:0.00} s: {points[i - 1].Value:#,##0} left");
        var first = points.FirstOrDefault(point => point.Value <= 0, (At: -1, Value: 0));
        var sold = first.At >= 0 ? $"Sold out for the first time after {first.At:0.00} s." : "Never sold out.";
        return new Chart("Sell-down", plot.Render(), [], $"{sold} Every hold, release and expiry of the SKU's ledger, in the ledger's own time.");
    }

    public Chart AnswersPerSecond()
    {
        var kinds = Enum.GetValues<AnswerKind>().Where(kind => _bins.Any(bin => bin.AnswersPerSecond(kind) > 0)).ToList();
        var largest = _bins.Max(bin => kinds.Sum(bin.AnswersPerSecond));
        var plot = Band(new Plot("Answers per second by code", "answers per second", Scale.Exact(End), Scale.Linear(largest)));
        foreach (var bin in _bins)
        {
            plot.Column(bin.From, bin.To, kinds.Select(kind => (Colors[kind], bin.AnswersPerSecond(kind))));
            var told = kinds.Where(kind => bin.AnswersPerSecond(kind) > 0).Select(kind => $"{Answer.NameOf(kind)} {Scale.Number(bin.AnswersPerSecond(kind))}/s");
            plot.Hover(bin.From, bin.To, $"{bin.Name}\n{string.Join('\n', told)}");
        }

        var legend = kinds.Select(kind => (Colors[kind], Answer.NameOf(kind))).ToList();
        return new Chart("Answers by code", plot.Render(), legend, "By when they came; 201 is a hold, 204 one given back." + EachColumn());
    }

    public Chart Latency()
    {
        (string Name, string Color, double Percent)[] lines = [("p50", Blue, 50), ("p95", Amber, 95), ("p99", Red, 99)];
        var all = result.Timeline.Latency();
        var answered = _bins.Where(bin => bin.Latency.Count > 0).ToList();
        var smallest = answered.Select(bin => bin.Latency.Percentile(50).TotalMilliseconds).DefaultIfEmpty(1).Min();
        var scale = Scale.Log(Math.Max(smallest, 0.1), Math.Max(all.Max.TotalMilliseconds, 1), Label);
        var plot = Band(new Plot("Latency over time", "latency, logarithmic", Scale.Exact(End), scale));
        foreach (var (_, color, percent) in lines)
            plot.Line(color, _bins.Select(bin => (bin.Middle, bin.Latency.Count > 0 ? bin.Latency.Percentile(percent).TotalMilliseconds : (double?)null)));
        foreach (var bin in answered)
        {
            var told = lines.Select(line => $"{line.Name} {Text.Milliseconds(bin.Latency.Percentile(line.Percent))}");
            plot.Hover(bin.From, bin.To, $"{bin.Name}\n{string.Join('\n', told)}\nmax {Text.Milliseconds(bin.Latency.Max)}\n{bin.Latency.Count:#,##0} answers");
        }

        var from = result.Curve is null
            ? "from sending a request to its whole answer (closed loop)"
            : "from the moment it was the shopper's turn to its whole answer, by that moment";
        var legend = lines.Select(line => (line.Color, line.Name)).ToList();
        return new Chart("Latency", plot.Render(), legend, $"Of hold requests, {from}. The longest took {Text.Milliseconds(all.Max)}." + EachColumn());
    }

    public Chart ArrivalsPerSecond()
    {
        var largest = Math.Max(_bins.Max(bin => Math.Max(bin.DuePerSecond, bin.StartedPerSecond)), result.Curve?.Peak ?? 0);
        var plot = Band(new Plot("Arrivals per second", "per second", Scale.Exact(End), Scale.Linear(largest)));
        foreach (var bin in _bins)
            plot.Hover(bin.From, bin.To, $"{bin.Name}\ncame due {Scale.Number(bin.DuePerSecond)}/s\nstarted {Scale.Number(bin.StartedPerSecond)}/s");
        plot.Line(Amber, _bins.Select(bin => (bin.Middle, (double?)bin.StartedPerSecond)));
        if (result.Curve is not { } curve)
        {
            const string Closed = "A closed loop has no arrivals: each connection starts a turn when the last one was answered.";
            return new Chart("Turns per second", plot.Render(), [(Amber, "started")], Closed + EachColumn());
        }

        plot.Line(Blue, _bins.Select(bin => (bin.Middle, (double?)bin.DuePerSecond)));
        var points = Enumerable.Range(0, CurvePoints + 1).Select(i => End * i / CurvePoints);
        plot.Line(Grey, points.Select(at => (at, (double?)curve.RateAt(TimeSpan.FromSeconds(at)))), isDashed: true);
        return new Chart(
            "Arrivals: offered and achieved",
            plot.Render(),
            [
                (Grey, $"the curve: {Summary.Describe(curve)}"),
                (Blue, "offered: turns that came due, retries and returns included"),
                (Amber, "achieved: turns that started"),
            ],
            "Where more came due than started, shoppers waited for a connection; that wait is in the latencies. "
            + $"The driver's own clock was late by at most {Text.Milliseconds(result.Timeline.LagMax)}." + EachColumn());
    }

    Plot Band(Plot plot)
    {
        if (result.Fault is { } fault)
        {
            var text = $"{fault.Name} killed at {fault.At.TotalSeconds:0.0} s, up again after {Text.Milliseconds(fault.Down)}";
            plot.Band(fault.At.TotalSeconds, (fault.At + fault.Down).TotalSeconds, text);
        }

        return plot;
    }

    string EachColumn() => _bins[0].Seconds > 1 ? $" Each point is the mean of {_bins[0].Seconds} s." : "";

    static string Label(double ms) => ms < 1000 ? $"{ms:0.##} ms" : $"{ms / 1000:0} s";
}
