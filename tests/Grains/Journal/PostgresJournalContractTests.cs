using FlashSale.Grains.Journal;
using FlashSale.Testing;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>The contract, kept by PostgreSQL.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresJournalContractTests(PostgresCluster cluster) : JournalContract
{
    private string _store = "";

    private protected override bool SupportsTwoOpeners => true;

    private protected override async Task<IJournal> OpenFresh()
    {
        _store = await cluster.NewSchema();
        return await OpenAgain();
    }

    private protected override async Task<IJournal> OpenAgain() => await PostgresJournal.Open(new PostgresOptions(_store));

    // It goes with the cluster.
    private protected override Task Remove() => Task.CompletedTask;

    private protected override Task PlantEvent(string ledger, long seq) => PostgresCluster.Run(
        _store, "INSERT INTO ledger_event(ledger, seq, at, operation, type, payload) VALUES ($1, $2, 'epoch', NULL, 1, '{}')", ledger, seq);

    private protected override Task PlantSnapshotChunk(string ledger, long seq, int chunk, int chunks, byte[] data) => PostgresCluster.Run(
        _store, "INSERT INTO ledger_snapshot(ledger, seq, chunk, chunks, format, data) VALUES ($1, $2, $3, $4, 1, $5)", ledger, seq, chunk, chunks, data);
}
