namespace FlashSale.Drop.Report.Html;

/// <summary>How the report looks: light, and readable on paper too.</summary>
internal static class Style
{
    public const string Css = """

        body { margin: 0; background: #f6f7f9; color: #1f2937; font: 15px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        main { max-width: 1080px; margin: 0 auto; padding: 24px 20px 48px; }
        header { display: flex; align-items: center; gap: 20px; padding: 14px 22px; border-radius: 8px; color: #fff; }
        header.ok { background: #15803d; }
        header.bad { background: #b91c1c; }
        header h1 { margin: 0; font-size: 26px; letter-spacing: 0.02em; }
        header p { margin: 0; }
        p.run { margin: 14px 2px; }
        p.excuse { margin: 0 2px 14px; padding: 8px 14px; background: #fef3c7; border-radius: 6px; }
        section { background: #fff; border: 1px solid #e3e6eb; border-radius: 8px; padding: 14px 20px 12px; margin-bottom: 16px; }
        h2 { margin: 0 0 6px; font-size: 16px; }
        ul.facts { display: grid; grid-template-columns: repeat(6, 1fr); gap: 12px; list-style: none; padding: 0; margin: 0 0 16px; }
        ul.facts li { background: #fff; border: 1px solid #e3e6eb; border-radius: 8px; padding: 10px 14px; font-size: 13px; color: #4b5563; }
        ul.facts b { display: block; font-size: 21px; line-height: 1.3; color: #1f2937; white-space: nowrap; }
        ul.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; list-style: none; padding: 0; margin: 0 0 6px; font-size: 13px; }
        ul.legend i { display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin-right: 7px; vertical-align: -1px; }
        svg { display: block; width: 100%; height: auto; }
        svg text { font-size: 12px; fill: #4b5563; }
        svg text.label { fill: #6b7280; }
        svg text.note { fill: #b91c1c; }
        svg .grid { stroke: #e8ebef; }
        svg .axis { stroke: #9ca3af; }
        svg .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
        svg .dashed { stroke-dasharray: 5 4; stroke-width: 1.3; }
        svg .band { fill: #b91c1c; fill-opacity: 0.14; }
        svg .hover { fill: #1f2937; fill-opacity: 0; }
        svg .hover:hover { fill-opacity: 0.06; }
        p.caption { margin: 4px 0 0; font-size: 13px; color: #4b5563; }
        table { border-collapse: collapse; width: 100%; font-size: 14px; }
        td, th { text-align: left; vertical-align: top; padding: 4px 14px 4px 0; border-bottom: 1px solid #eef0f3; }
        th { font-weight: 600; color: #4b5563; }
        .audit td:last-child { width: 100%; }
        tr:last-child td { border-bottom: 0; }
        .number { text-align: right; white-space: nowrap; }
        td.number:last-child { padding-right: 0; }
        .holds { color: #15803d; font-weight: 600; }
        .broken { color: #b91c1c; font-weight: 600; }
        .columns { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0 16px; align-items: start; }
        .differences { border-color: #b91c1c; }
        .differences dt { font-weight: 600; color: #b91c1c; }
        .differences dd { margin: 0 0 2px 18px; font-size: 13px; overflow-wrap: anywhere; }
        @media (max-width: 760px) { .columns, ul.facts { grid-template-columns: repeat(2, 1fr); } }
        @media print { body { background: #fff; } section, ul.facts li { break-inside: avoid; } }

        """;
}
