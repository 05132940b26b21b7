using FlashSale.Gateway.Health;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Journal;
using FlashSale.Silo.Engine;
using FlashSale.Grains.Ledger;

namespace FlashSale.Silo;

/// <summary>What <c>/health/ready</c> says of this process.</summary>
internal sealed class HostStatus : IHostStatus
{
    private readonly IHostApplicationLifetime _lifetime;
    private readonly IJournal _journal;
    private readonly Roles _roles;
    private readonly ClusterLink _link;
    private readonly LedgerEngine? _ledgers;
    private readonly Keeper? _keeper;

    /// <param name="lifetime">Of the host.</param>
    /// <param name="journal">The store.</param>
    /// <param name="cluster">Which roles this process has.</param>
    /// <param name="link">A gateway's way to the silos.</param>
    /// <param name="services">Has ledgers and a keeper where this process is a silo.</param>
    public HostStatus(IHostApplicationLifetime lifetime, IJournal journal, ClusterSettings cluster, ClusterLink link, IServiceProvider services)
    {
        _lifetime = lifetime;
        _journal = journal;
        _roles = cluster.Roles;
        _link = link;
        _ledgers = services.GetService<LedgerEngine>();
        _keeper = services.GetService<Keeper>();
    }

    // Requests are served only after all hosted services have started, so a process that answers can take a purchase while its store can be written, or,
    // a gateway alone, while it reaches a silo.
    public bool Ready => !Draining && _link.IsUp && _ledgers is null or { IsRunning: true, Store.IsUp: true } && _keeper is null or { IsRunning: true };

    public bool Draining => _lifetime.ApplicationStopping.IsCancellationRequested;

    public string Engine => GrainEngineHosting.Name;

    public string Store => _journal.Description;

    public IReadOnlyList<string> Roles => _roles.Names;
}
