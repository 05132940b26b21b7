using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Tests.Journal;

/// <summary>Grain storage on SQLite.</summary>
public sealed class SqliteGrainStateTests : GrainStateContract
{
    private readonly TemporaryDirectory _directory = new();
    private SqliteJournal _journal = null!;

    private protected override IGrainStates State => _journal.GrainState;

    private protected override Task Open()
    {
        _journal = _directory.Open();
        return Task.CompletedTask;
    }

    private protected override async Task Close() => await _journal.DisposeAsync();

    private protected override Task Remove()
    {
        _directory.Remove();
        return Task.CompletedTask;
    }
}
