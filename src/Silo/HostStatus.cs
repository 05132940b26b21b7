using FlashSale.Gateway;
using FlashSale.Gateway.Health;
using FlashSale.Grains.Journal;

namespace FlashSale.Silo;

/// <summary>What <c>/health/ready</c> says of this process.</summary>
internal sealed class HostStatus : IHostStatus
{
    private static readonly string[] Both = ["silo", "gateway"];

    private readonly IHostApplicationLifetime _lifetime;
    private readonly IJournal _journal;

    public HostStatus(IHostApplicationLifetime lifetime, IJournal journal)
    {
        _lifetime = lifetime;
        _journal = journal;
    }

    // Requests are served only after all hosted services have started, so a process that answers and is not stopping can take a purchase.
    public bool Ready => !Draining;

    public bool Draining => _lifetime.ApplicationStopping.IsCancellationRequested;

    public string Engine => GrainEngineHosting.Name;

    public string Store => _journal.Description;

    public IReadOnlyList<string> Roles => Both;
}
