using FlashSale.Gateway;

namespace FlashSale.Silo.Engine;

/// <summary>What a process does, <c>FlashSale:Roles</c>: one of them alone only where several processes form a cluster.</summary>
/// <param name="Silo">Runs grains, and with them the ledgers and the keeper.</param>
/// <param name="Gateway">Serves the HTTP API; without it only <c>/health</c> is served.</param>
internal sealed record Roles(bool Silo, bool Gateway)
{
    public static readonly Roles Both = new(true, true);

    /// <summary>As <c>/health/ready</c> names them.</summary>
    public IReadOnlyList<string> Names => this switch
    {
        { Silo: true, Gateway: true } => ["silo", "gateway"],
        { Silo: true } => ["silo"],
        _ => ["gateway"],
    };

    /// <summary><c>silo</c>, <c>gateway</c>, or both with a comma between; both is the default.</summary>
    /// <exception cref="GatewayConfigurationException">Anything else.</exception>
    public static Roles Read(IConfiguration configuration)
    {
        if (configuration["FlashSale:Roles"] is not { Length: > 0 } text) return Both;
        var names = text.Split(',', StringSplitOptions.TrimEntries);
        if (names.Any(name => name is not ("silo" or "gateway")))
            throw new GatewayConfigurationException($"FlashSale__Roles={text} is not valid: set it to silo, gateway, or silo,gateway, or remove it.");
        var roles = new Roles(names.Contains("silo"), names.Contains("gateway"));
        if (roles != Both && GrainEngineHosting.WhyNoRoleAlone(configuration) is { } need)
            throw new GatewayConfigurationException($"FlashSale__Roles={text} needs {need}, or remove it.");
        return roles;
    }
}
