using FlashSale.Drop.Crowd;
using Spectre.Console;
using Spectre.Console.Rendering;
using Cell = Spectre.Console.Text;

namespace FlashSale.Drop.Report;

/// <summary>A moment of the drop as a table for a terminal. Pure.</summary>
internal static class LiveTable
{
    const int BarWidth = 30;

    public static IRenderable Of(LiveState state)
    {
        var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumn("").AddColumn("").AddColumn("");
        table.Title = new TableTitle($"{state.Elapsed.TotalSeconds:0} s since the opening");
        table.AddRow(new Cell("left on the shelf"), new Cell($"{state.Left:N0} of {state.Stock:N0}"), Bar(state.Left, state.Stock, Color.Green));
        if (state.Arrived is { } arrived)
            table.AddRow(new Cell("arrived"), new Cell($"{arrived:N0} of {state.Shoppers:N0}"), Bar(arrived, state.Shoppers, Color.Blue));
        table.AddRow(new Cell("shoppers"), new Cell($"{state.Acting:N0} acting"), new Cell($"{state.Waiting:N0} waiting for stock"));
        table.AddRow(new Cell("connections"), new Cell($"{state.Lanes:N0} of {state.LanesMost:N0}"), Bar(state.Lanes, state.LanesMost, Color.Grey));
        table.AddRow(new Cell("answers in all"), new Cell($"201 {state.Held:N0}"), new Cell($"sold_out {state.SoldOut:N0}"));
        foreach (var kind in Enum.GetValues<AnswerKind>().Where(kind => state.Answers[(int)kind] > 0))
            table.AddRow(new Cell("  " + Answer.NameOf(kind)), new Cell($"{state.Answers[(int)kind]:N0}/s"), Bar(state.Answers[(int)kind], state.Answers.Max(), Color.Teal));
        if (state.Latency.Count > 0)
            table.AddRow(new Cell("latency"), new Cell($"p50 {state.Ms(50)}"), new Cell($"p95 {state.Ms(95)}, p99 {state.Ms(99)}, max {Text.Milliseconds(state.Latency.Max)}"));
        if (state.LastMark is { } mark)
            table.AddRow(new Cell("last event"), new Cell(mark.Text), new Cell($"at {mark.At.TotalSeconds:0.0} s"));
        return table;
    }

    static Cell Bar(double value, double all, Color color)
    {
        var width = all > 0 ? (int)Math.Round(Math.Clamp(value / all, 0, 1) * BarWidth) : 0;
        return new Cell(new string('█', width).PadRight(BarWidth, '·'), new Style(color));
    }
}
