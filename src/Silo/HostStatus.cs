using FlashSale.Gateway.Health;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;

namespace FlashSale.Silo;

/// <summary>What <c>/health/ready</c> says of this process.</summary>
internal sealed class HostStatus : IHostStatus
{
    private static readonly string[] Both = ["silo", "gateway"];

    private readonly IHostApplicationLifetime _lifetime;
    private readonly IJournal _journal;
    private readonly LedgerEngine _ledgers;
    private readonly Keeper _keeper;

    public HostStatus(IHostApplicationLifetime lifetime, IJournal journal, LedgerEngine ledgers, Keeper keeper)
    {
        _lifetime = lifetime;
        _journal = journal;
        _ledgers = ledgers;
        _keeper = keeper;
    }

    // Requests are served only after all hosted services have started, so a process that answers can take a purchase while its store can be written.
    public bool Ready => !Draining && _ledgers.IsRunning && _ledgers.Store.IsUp && _keeper.IsRunning;

    public bool Draining => _lifetime.ApplicationStopping.IsCancellationRequested;

    public string Engine => GrainEngineHosting.Name;

    public string Store => _journal.Description;

    public IReadOnlyList<string> Roles => Both;
}
