namespace FlashSale.Gateway.Health;

/// <summary>What the host knows of itself, for <c>/health/ready</c>. Read at each request, so it must be cheap.</summary>
public interface IHostStatus
{
    /// <summary>True while a purchase can be taken.</summary>
    bool Ready { get; }

    /// <summary>Which engine runs the grains, with its version.</summary>
    string Engine { get; }

    /// <summary>Which store keeps the journal, with its version and safety settings.</summary>
    string Store { get; }

    /// <summary>What this process does: <c>silo</c>, <c>gateway</c>.</summary>
    IReadOnlyList<string> Roles { get; }

    /// <summary>True from SIGTERM on: running requests finish, no new ones should come.</summary>
    bool Draining { get; }
}
