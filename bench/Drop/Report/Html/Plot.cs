using System.Net;
using System.Text;

namespace FlashSale.Drop.Report.Html;

/// <summary>One picture over the time since the opening, as inline SVG. What is drawn later lies above what was drawn before.</summary>
internal sealed class Plot
{
    const int Width = 1040, Height = 290, Left = 70, Right = 16, Top = 34, Bottom = 46;

    readonly StringBuilder _svg = new();
    readonly Scale _x, _y;

    public Plot(string title, string unit, Scale x, Scale y)
    {
        (_x, _y) = (x, y);
        _svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Escape(title)}\">\n");
        foreach (var (value, label) in y.Ticks)
        {
            Rule("grid", Left, Y(value), Width - Right, Y(value));
            Text("tick", Left - 8, Y(value) + 4, "end", label);
        }

        foreach (var (value, label) in x.Ticks)
        {
            Rule("axis", X(value), Height - Bottom, X(value), Height - Bottom + 5);
            Text("tick", X(value), Height - Bottom + 19, "middle", label);
        }

        Rule("axis", Left, Height - Bottom, Width - Right, Height - Bottom);
        Text("label", 4, 14, "start", unit);
        Text("label", Width - Right, Height - 6, "end", "seconds since the opening");
    }

    /// <summary>A span of time with a name, such as an outage.</summary>
    public Plot Band(double from, double to, string text)
    {
        var (left, width) = (X(from), Math.Max(X(to) - X(from), 2));
        _svg.Append($"<rect class=\"band\" x=\"{N(left)}\" y=\"{Top}\" width=\"{N(width)}\" height=\"{Height - Top - Bottom}\"><title>{Escape(text)}</title></rect>\n");
        var isRight = left > Width / 2.0;
        Text("note", isRight ? left + width : left, Top - 5, isRight ? "end" : "start", text);
        return this;
    }

    /// <summary>Parts of one whole, one upon the other, from one time to the next.</summary>
    public Plot Column(double from, double to, IEnumerable<(string Color, double Value)> parts)
    {
        var below = 0.0;
        foreach (var (color, value) in parts.Where(part => part.Value > 0))
        {
            var (bottom, top) = (Y(below), Y(below += value));
            // A hair of the background between neighbours, as long as columns are wide enough for it.
            var width = X(to) - X(from);
            _svg.Append($"<rect fill=\"{color}\" x=\"{N(X(from))}\" y=\"{N(top)}\" width=\"{N(width > 4 ? width - 0.6 : width)}\" height=\"{N(bottom - top)}\"/>\n");
        }

        return this;
    }

    /// <summary>A line through values; where there is none, it is interrupted.</summary>
    public Plot Line(string color, IEnumerable<(double At, double? Value)> points, bool isDashed = false)
    {
        var run = new List<(double At, double Value)>();
        foreach (var (at, value) in points)
        {
            if (value is { } there)
                run.Add((at, there));
            else
                End(run, color, isDashed);
        }

        End(run, color, isDashed);
        return this;
    }

    /// <summary>A value that stays until it changes, filled down to zero.</summary>
    public Plot Steps(string color, IReadOnlyList<(double At, double Value)> points, double end)
    {
        var path = new StringBuilder($"M{N(X(points[0].At))} {N(Y(points[0].Value))}");
        foreach (var (at, value) in points.Skip(1))
            path.Append($"H{N(X(at))}V{N(Y(value))}");
        path.Append($"H{N(X(end))}");
        _svg.Append($"<path fill=\"{color}\" fill-opacity=\"0.12\" d=\"{path}V{N(Y(0))}H{N(X(points[0].At))}Z\"/>\n");
        _svg.Append($"<path class=\"line\" stroke=\"{color}\" d=\"{path}\"/>\n");
        return this;
    }

    /// <summary>What a reader who points at a span of time is told.</summary>
    public Plot Hover(double from, double to, string text)
    {
        _svg.Append($"<rect class=\"hover\" x=\"{N(X(from))}\" y=\"{Top}\" width=\"{N(X(to) - X(from))}\" height=\"{Height - Top - Bottom}\"><title>{Escape(text)}</title></rect>\n");
        return this;
    }

    public string Render() => _svg + "</svg>\n";

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    void End(List<(double At, double Value)> run, string color, bool isDashed)
    {
        if (run.Count == 1)
            _svg.Append($"<circle fill=\"{color}\" cx=\"{N(X(run[0].At))}\" cy=\"{N(Y(run[0].Value))}\" r=\"1.8\"/>\n");
        else if (run.Count > 1)
            _svg.Append($"<polyline class=\"{(isDashed ? "line dashed" : "line")}\" stroke=\"{color}\" points=\"{string.Join(' ', run.Select(Point))}\"/>\n");
        run.Clear();
    }

    string Point((double At, double Value) point) => $"{N(X(point.At))},{N(Y(point.Value))}";

    void Rule(string kind, double x1, double y1, double x2, double y2) =>
        _svg.Append($"<line class=\"{kind}\" x1=\"{N(x1)}\" y1=\"{N(y1)}\" x2=\"{N(x2)}\" y2=\"{N(y2)}\"/>\n");

    void Text(string kind, double x, double y, string anchor, string text) =>
        _svg.Append($"<text class=\"{kind}\" x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\">{Escape(text)}</text>\n");

    double X(double value) => Left + (_x.Share(value) * (Width - Left - Right));

    double Y(double value) => Height - Bottom - (_y.Share(value) * (Height - Top - Bottom));

    static string N(double value) => value.ToString("0.##");
}
