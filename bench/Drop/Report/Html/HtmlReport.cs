using System.Text;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Report.Html;

/// <summary>
/// The result as one page for a person: the verdict, pictures, tables. It needs nothing but itself: no script, no font, no picture from elsewhere.
/// </summary>
internal sealed class HtmlReport
{
    readonly StringBuilder _page = new();
    readonly DropResult _result;

    HtmlReport(DropResult result) => _result = result;

    public static string Of(DropResult result)
    {
        var report = new HtmlReport(result);
        report.Write();
        return report._page.ToString();
    }

    void Write()
    {
        _page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n");
        _page.Append($"<title>{E(_result.Plan.Campaign)}</title>\n<style>{Style.Css}</style>\n</head>\n<body>\n<main>\n");
        Verdict();
        Differences();
        Facts();
        var charts = new Charts(_result);
        foreach (var chart in new[] { charts.SellingDown(), charts.AnswersPerSecond(), charts.Latency(), charts.ArrivalsPerSecond() })
            Picture(chart);
        Audit();
        _page.Append("<div class=\"columns\">\n");
        foreach (var (title, rows) in Tables.Of(_result))
            Table(title, rows);
        _page.Append("</div>\n</main>\n</body>\n</html>\n");
    }

    void Verdict()
    {
        var kinds = _result.Differences.List();
        var verdict = _result.IsOk
            ? "Exact: every 201 is a hold in the ledger, every live hold was answered 201, and every promise of the audit holds."
            : $"{_result.Differences.Count:#,##0} differences: {string.Join(", ", kinds.Select(kind => kind.Kind))}. What follows is not to be trusted before they are understood.";
        _page.Append($"<header class=\"{(_result.IsOk ? "ok" : "bad")}\">\n<h1>{(_result.IsOk ? "OK" : "DIFFERENCES")}</h1>\n<p>{E(verdict)}</p>\n</header>\n");
        _page.Append($"<p class=\"run\">{E(WhatWasRun())}</p>\n");
    }

    string WhatWasRun()
    {
        var (options, servers) = (_result.Options, _result.Servers);
        var where = $"{(servers.Count == 1 ? "the server at" : $"{servers.Count} servers at")} {string.Join(", ", servers.Select(server => server.Authority))}";
        var store = _result.Store is null ? "" : $", on {_result.Store}";
        var how = _result.Curve is null
            ? $"Closed loop: {_result.Lanes:#,##0} connections, each sending when it was answered"
            : $"Open loop: {Summary.Describe(_result.Curve)}, whatever the servers did, on up to {_result.Lanes:#,##0} connections";
        var kill = _result.Fault is { } fault ? $" When half of the stock was sold, {fault.Name} was killed and started again." : "";
        return $"Campaign {_result.Plan.Campaign}, opened at {_result.OpenedAt:yyyy-MM-dd HH:mm:ss} UTC: {options.Stock:#,##0} units, {options.Limit} a shopper at most, "
            + $"and {options.Shoppers:#,##0} shoppers against {where}{store}. {how}.{kill} The driver's machine has {Environment.ProcessorCount} processors.";
    }

    void Differences()
    {
        if (_result.IsOk)
            return;
        _page.Append("<section class=\"differences\">\n<h2>Differences</h2>\n<dl>\n");
        foreach (var (kind, count, kept) in _result.Differences.List())
        {
            _page.Append($"<dt>{E(kind)}: {count:#,##0}</dt>\n");
            foreach (var text in kept)
                _page.Append($"<dd>{E(text)}</dd>\n");
            if (count > kept.Count)
                _page.Append($"<dd>… and {count - kept.Count:#,##0} more</dd>\n");
        }

        _page.Append("</dl>\n</section>\n");
    }

    void Facts()
    {
        var latency = _result.Timeline.Latency();
        (string Value, string Name)[] facts =
        [
            ($"{_result.Sku.Held:#,##0}", $"of {_result.Sku.Received:#,##0} units held"),
            ($"{_result.End.StillWaiting:#,##0}", "shoppers went without"),
            ($"{_result.Tally.Requests:#,##0}", $"requests in {_result.End.Took.TotalSeconds:0.0} s"),
            (Text.Milliseconds(latency.Percentile(50)), "median latency"),
            (Text.Milliseconds(latency.Percentile(99)), "99th percentile"),
            ($"{_result.Audit.Promises.Count(promise => promise.Holds)} of {_result.Audit.Promises.Count}", "audited promises hold"),
        ];
        _page.Append("<ul class=\"facts\">\n");
        foreach (var (value, name) in facts)
            _page.Append($"<li><b>{E(value)}</b>{E(name)}</li>\n");
        _page.Append("</ul>\n");
        if (Summary.Excuse(_result) is { } excuse)
            _page.Append($"<p class=\"excuse\">Note: {E(excuse)}.</p>\n");
    }

    void Picture(Chart chart)
    {
        _page.Append($"<section>\n<h2>{E(chart.Title)}</h2>\n");
        if (chart.Legend.Count > 0)
            _page.Append($"<ul class=\"legend\">{string.Concat(chart.Legend.Select(entry => $"<li><i style=\"background:{entry.Color}\"></i>{E(entry.Name)}</li>"))}</ul>\n");
        _page.Append($"{chart.Svg}<p class=\"caption\">{E(chart.Caption)}</p>\n</section>\n");
    }

    void Audit()
    {
        _page.Append("<section>\n<h2>The server's audit, promise by promise</h2>\n<table class=\"audit\">\n");
        _page.Append("<tr><th></th><th>verdict</th><th class=\"number\">checked</th><th>what was found</th></tr>\n");
        foreach (var promise in _result.Audit.Promises)
        {
            var verdict = promise.Holds ? "<td class=\"holds\">holds</td>" : "<td class=\"broken\">BROKEN</td>";
            _page.Append($"<tr><td>{E(promise.Id)}</td>{verdict}<td class=\"number\">{promise.Checked:#,##0}</td><td>{E(promise.Detail ?? "")}</td></tr>\n");
        }

        _page.Append("</table>\n</section>\n");
    }

    void Table(string title, IReadOnlyList<(string Name, string Value)> rows)
    {
        _page.Append($"<section>\n<h2>{E(title)}</h2>\n<table>\n");
        foreach (var (name, value) in rows)
            _page.Append($"<tr><td>{E(name)}</td><td class=\"number\">{E(value)}</td></tr>\n");
        _page.Append("</table>\n</section>\n");
    }

    static string E(string text) => Plot.Escape(text);
}
