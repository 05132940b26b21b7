using FlashSale.Gateway;
using FlashSale.Gateway.Health;
using FlashSale.Grains.Journal;
using FlashSale.Silo.Engine;

namespace FlashSale.Silo;

/// <summary>What <c>/health/ready</c> says of this process.</summary>
internal sealed class HostStatus : IHostStatus
{
    private readonly IHostApplicationLifetime _lifetime;
    private readonly IJournal _journal;
    private readonly Roles _roles;
    private readonly ClusterLink _link;

    public HostStatus(IHostApplicationLifetime lifetime, IJournal journal, ClusterSettings cluster, ClusterLink link)
    {
        _lifetime = lifetime;
        _journal = journal;
        _roles = cluster.Roles;
        _link = link;
    }

    // Requests are served only after all hosted services have started, so a process that answers and is not stopping can take a purchase.
    public bool Ready => !Draining && _link.IsUp;

    public bool Draining => _lifetime.ApplicationStopping.IsCancellationRequested;

    public string Engine => GrainEngineHosting.Name;

    public string Store => _journal.Description;

    public IReadOnlyList<string> Roles => _roles.Names;
}
