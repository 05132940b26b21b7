using FlashSale.Crash.Tests.Stores;

namespace FlashSale.Crash.Tests;

/// <summary>A test with a store of its own and one place where the shop is served from it.</summary>
public abstract class CrashTest : IAsyncLifetime
{
    private protected Store Store { get; private set; } = null!;

    private protected Server Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Store = await NewStore();
        Server = new Server(Store);
    }

    public virtual Task DisposeAsync()
    {
        Server.Dispose();
        Store.Dispose();
        return Task.CompletedTask;
    }

    private protected abstract Task<Store> NewStore();
}
