using FlashSale.Grains.Journal;
using FlashSale.Grains.Tests.Journal;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>The ledger engine on SQLite.</summary>
public sealed class SqliteLedgerTests : LedgerContract
{
    private readonly TemporaryDirectory _directory = new();

    private protected override Task<IJournal> OpenStore() => Task.FromResult<IJournal>(_directory.Open());

    private protected override async Task CloseStore(IJournal store)
    {
        await store.DisposeAsync();
        _directory.Remove();
    }
}
