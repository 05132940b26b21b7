using Spectre.Console;

namespace FlashSale.Drop.Report;

/// <summary>What a run shows while something goes on: a line or a table in place on a terminal, line after line elsewhere.</summary>
internal sealed class ProgressDisplay(IAnsiConsole console, TextWriter output, TimeProvider time)
{
    static readonly TimeSpan LineEvery = TimeSpan.FromSeconds(1), TableEvery = TimeSpan.FromMilliseconds(500);

    bool IsTerminal => console.Profile.Capabilities.Interactive && console.Profile.Out.IsTerminal;

    public Task WhileAsync(Task work, Func<string> line) => WhileAsync(AsResult(work), line);

    public Task<T> WhileAsync<T>(Task<T> work, Func<string> line) =>
        IsTerminal
            ? console.Status().StartAsync(Markup.Escape(line()), status => RepeatAsync(work, LineEvery, () => status.Status = Markup.Escape(line())))
            : RepeatAsync(work, LineEvery, () => output.WriteLine(line()));

    /// <summary>While the drop itself goes on.</summary>
    public Task<T> WhileAsync<T>(Task<T> work, LiveView view) =>
        IsTerminal
            ? console.Live(LiveTable.Of(view.Look())).StartAsync(live => RepeatAsync(work, TableEvery, () => live.UpdateTarget(LiveTable.Of(view.Look()))))
            : RepeatAsync(work, LineEvery, () => output.WriteLine(view.Look().Line()));

    async Task<T> RepeatAsync<T>(Task<T> work, TimeSpan every, Action show)
    {
        while (await Task.WhenAny(work, Task.Delay(every, time)) != work)
            show();
        return await work;
    }

    static async Task<bool> AsResult(Task work)
    {
        await work;
        return true;
    }
}
