using FlashSale.Grains.Journal;
using FlashSale.Testing;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>The ledger engine on PostgreSQL.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresLedgerTests(PostgresCluster cluster) : LedgerContract
{
    private protected override async Task<IJournal> OpenStore() => await PostgresJournal.Open(new PostgresOptions(await cluster.NewSchema()));

    private protected override async Task CloseStore(IJournal store) => await store.DisposeAsync();
}
