using FlashSale.Grains.Journal;
using FlashSale.Testing;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>Grain storage on PostgreSQL.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresGrainStateTests(PostgresCluster cluster) : GrainStateContract
{
    private string? _store;
    private PostgresJournal _journal = null!;

    private protected override IGrainStates State => _journal.GrainState;

    private protected override async Task Open()
    {
        _store ??= await cluster.NewSchema();
        _journal = await PostgresJournal.Open(new PostgresOptions(_store));
    }

    private protected override async Task Close() => await _journal.DisposeAsync();

    private protected override Task Remove() => Task.CompletedTask;
}
