using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests;

/// <summary>One place where the shop is served from a store: a process, and after its end another one.</summary>
internal sealed class Server(Store store) : IDisposable
{
    public Door Door { get; } = new();

    /// <summary>The process that serves, or was killed.</summary>
    public SiloProcess Process { get; private set; } = null!;

    /// <summary>Calls of the process that serves, beside the crowd's: a crowd that waits leaves no connection to others.</summary>
    public Api Api { get; private set; } = null!;

    /// <summary>Starts a process, the product's unless told otherwise, and opens the door when it serves.</summary>
    public async Task Start(Func<SiloStart, SiloStart>? adjust = null)
    {
        Launch(adjust);
        await Open();
    }

    /// <summary>The process has just begun to start.</summary>
    public void Launch(Func<SiloStart, SiloStart>? adjust = null)
    {
        Process?.Dispose();
        Process = SiloProcess.Launch(adjust is null ? store.Start : adjust(store.Start));
    }

    /// <summary>Opens the door when it serves.</summary>
    public async Task Open()
    {
        await Process.Ready();
        Assert.False(Process.HasEnded, Process.Errors);
        Api?.Dispose();
        Api = new Api(Process.Url);
        Door.Open(Process.Url);
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        Door.Close();
        await Process.Kill();
    }

    public void Dispose()
    {
        Process?.Dispose();
        Api?.Dispose();
        Door.Dispose();
    }
}
