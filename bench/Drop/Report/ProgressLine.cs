using Spectre.Console;

namespace FlashSale.Drop.Report;

/// <summary>One line a second while something runs: in place on a terminal, line after line elsewhere.</summary>
internal sealed class ProgressLine(IAnsiConsole console, TextWriter output, TimeProvider time)
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    public Task WhileAsync(Task work, Func<string> line) => WhileAsync(AsResult(work), line);

    public async Task<T> WhileAsync<T>(Task<T> work, Func<string> line)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Out.IsTerminal)
            return await RepeatAsync(work, () => output.WriteLine(line()));
        return await console.Status().StartAsync(Markup.Escape(line()), status => RepeatAsync(work, () => status.Status = Markup.Escape(line())));
    }

    async Task<T> RepeatAsync<T>(Task<T> work, Action show)
    {
        while (await Task.WhenAny(work, Task.Delay(Every, time)) != work)
            show();
        return await work;
    }

    static async Task<bool> AsResult(Task work)
    {
        await work;
        return true;
    }
}
