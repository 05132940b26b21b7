using System.Diagnostics;

namespace FlashSale.Drop.Overload;

/// <summary>The server's resident memory over a time, in MiB.</summary>
internal sealed class ServerMemory(int? process, TimeProvider time)
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    public List<long> Samples { get; } = [];

    public long? Look()
    {
        if (process is not { } id)
            return null;
        using var server = Process.GetProcessById(id);
        return server.WorkingSet64 >> 20;
    }

    public async Task<T> WhileAsync<T>(Task<T> work)
    {
        while (await Task.WhenAny(work, Task.Delay(Every, time)) != work)
            if (Look() is { } now)
                Samples.Add(now);
        return await work;
    }
}
