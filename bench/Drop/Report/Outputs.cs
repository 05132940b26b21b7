using FlashSale.Drop.Report.Html;
using Spectre.Console;

namespace FlashSale.Drop.Report;

/// <summary>Where a run speaks to: its progress, its summary, and the files that it was asked for.</summary>
/// <param name="Lines">For people; not the standard output when that is to be JSON alone.</param>
/// <param name="Json">Of <c>--json -</c>; else null.</param>
internal sealed record Outputs(ProgressDisplay Progress, TextWriter Lines, TextWriter? Json)
{
    public static Outputs Of(DropOptions options, TextWriter output, TextWriter errors)
    {
        var jsonOnly = options.JsonFile == "-";
        var lines = jsonOnly ? errors : output;
        var console = jsonOnly ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(errors) }) : AnsiConsole.Console;
        return new Outputs(new ProgressDisplay(console, lines, TimeProvider.System), lines, jsonOnly ? output : null);
    }

    /// <summary>Tells the result everywhere. Files that cannot be written do not take the summary with them.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TellAsync(DropResult result)
    {
        Summary.Write(result, Lines);
        var isTold = true;
        if (Json is not null)
            await Json.WriteLineAsync(JsonResult.Of(result));
        else if (result.Options.JsonFile is { } json)
            isTold &= await WriteAsync(json, JsonResult.Of(result) + "\n");
        if (result.Options.ReportFile is { } report)
            isTold &= await WriteAsync(report, HtmlReport.Of(result));
        return result.IsOk && isTold ? App.Ok : App.Failed;
    }

    async Task<bool> WriteAsync(string file, string content)
    {
        try
        {
            await File.WriteAllTextAsync(file, content);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await Lines.WriteLineAsync($"drop: {file} was not written: {e.Message}");
            return false;
        }
    }
}
