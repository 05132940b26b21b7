using System.Net;
using FlashSale.Gateway;

namespace FlashSale.Silo.Engine;

/// <summary>
/// What this process does, and every option of a cluster, read from the configuration section <c>FlashSale:Cluster</c>. Only the Orleans engine uses
/// the latter.
/// </summary>
internal sealed record ClusterSettings
{
    /// <summary><c>FlashSale:Roles</c>, default both.</summary>
    public Roles Roles { get; init; } = Roles.Both;

    /// <summary><c>ClusterId</c>: processes with the same one, on the same database, form a cluster; 1-150 characters, default <c>flashsale</c>.</summary>
    public string ClusterId { get; init; } = "flashsale";

    /// <summary><c>ServiceId</c>: Orleans' name of the service, the same over all of its clusters; 1-150 characters, default <c>flashsale</c>.</summary>
    public string ServiceId { get; init; } = "flashsale";

    /// <summary><c>Address</c>: the IP address at which a silo listens and by which others reach it; default: this machine's first one that is not the loopback.</summary>
    public IPAddress? Address { get; init; }

    /// <summary><c>SiloPort</c>: where a silo listens for other silos, 1-65,535, default 11,111.</summary>
    public int SiloPort { get; init; } = 11_111;

    /// <summary><c>GatewayPort</c>: where a silo listens for processes of the role gateway alone, 1-65,535, default 30,000.</summary>
    public int GatewayPort { get; init; } = 30_000;

    /// <summary><c>ConnectSeconds</c>: how long the start of a gateway waits for the first silo, 0-3600 s, default 60.</summary>
    public double ConnectSeconds { get; init; } = 60;

    /// <summary><c>SiloListSeconds</c>: how often a gateway asks the database which silos are there, 0.1-60 s, default 1.</summary>
    public double SiloListSeconds { get; init; } = 1;

    /// <summary>
    /// <c>ResponseSeconds</c>: after how long a gateway gives up a call that was under way through a silo that died, since Orleans' client is not told of
    /// it, 0.5-600 s, default 3. Whoever called hears <c>unavailable</c> and may repeat.
    /// </summary>
    public double ResponseSeconds { get; init; } = 3;

    /// <summary>How fast a silo that died is noticed.</summary>
    public MembershipSettings Membership { get; init; } = new();

    /// <summary>Reads and checks all of them.</summary>
    /// <exception cref="GatewayConfigurationException">A setting is wrong.</exception>
    public static ClusterSettings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("FlashSale");
        var standard = new ClusterSettings();
        var membership = standard.Membership;
        return new ClusterSettings
        {
            Roles = Roles.Read(configuration),
            ClusterId = Name(section, "Cluster:ClusterId", standard.ClusterId),
            ServiceId = Name(section, "Cluster:ServiceId", standard.ServiceId),
            Address = ReadAddress(section["Cluster:Address"]),
            SiloPort = GatewayOptions.Whole(section, "Cluster:SiloPort", standard.SiloPort, 1, 65_535),
            GatewayPort = GatewayOptions.Whole(section, "Cluster:GatewayPort", standard.GatewayPort, 1, 65_535),
            ConnectSeconds = GatewayOptions.Number(section, "Cluster:ConnectSeconds", standard.ConnectSeconds, 0, 3600),
            SiloListSeconds = GatewayOptions.Number(section, "Cluster:SiloListSeconds", standard.SiloListSeconds, 0.1, 60),
            ResponseSeconds = GatewayOptions.Number(section, "Cluster:ResponseSeconds", standard.ResponseSeconds, 0.5, 600),
            Membership = new MembershipSettings
            {
                ProbeTimeoutSeconds = GatewayOptions.Number(section, "Cluster:ProbeTimeoutSeconds", membership.ProbeTimeoutSeconds, 0.1, 600),
                MinProbeTimeoutSeconds = GatewayOptions.Number(section, "Cluster:MinProbeTimeoutSeconds", membership.MinProbeTimeoutSeconds, 0.1, 600),
                MaxProbeTimeoutSeconds = GatewayOptions.Number(section, "Cluster:MaxProbeTimeoutSeconds", membership.MaxProbeTimeoutSeconds, 0.1, 600),
                NumMissedProbesLimit = GatewayOptions.Whole(section, "Cluster:NumMissedProbesLimit", membership.NumMissedProbesLimit, 1, 100),
                NumVotesForDeathDeclaration = GatewayOptions.Whole(section, "Cluster:NumVotesForDeathDeclaration", membership.NumVotesForDeathDeclaration, 1, 10),
                TableRefreshTimeoutSeconds = GatewayOptions.Number(section, "Cluster:TableRefreshTimeoutSeconds", membership.TableRefreshTimeoutSeconds, 0.1, 600),
                IAmAliveTablePublishTimeoutSeconds = GatewayOptions.Number(
                    section, "Cluster:IAmAliveTablePublishTimeoutSeconds", membership.IAmAliveTablePublishTimeoutSeconds, 0.5, 600),
                EnableConnectionLivenessCheck = Flag(section, "Cluster:EnableConnectionLivenessCheck", membership.EnableConnectionLivenessCheck),
            },
        };
    }

    private static string Name(IConfigurationSection section, string key, string standard) => section[key] switch
    {
        null or "" => standard,
        { Length: <= 150 } text when text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') => text,
        var text => throw Wrong(key, text, "1 to 150 of A-Z, a-z, 0-9, _, - and ."),
    };

    // Orleans refuses an address that stands for all of them: others could not connect to it.
    private static IPAddress? ReadAddress(string? text) => text switch
    {
        null or "" => null,
        _ when IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any) => address,
        _ => throw Wrong("Cluster:Address", text, "an IP address of this machine"),
    };

    private static bool Flag(IConfigurationSection section, string key, bool standard) => section[key] switch
    {
        null or "" => standard,
        var text when bool.TryParse(text, out var value) => value,
        var text => throw Wrong(key, text, "true or false"),
    };

    private static GatewayConfigurationException Wrong(string key, string text, string right) =>
        new($"FlashSale__{key.Replace(":", "__", StringComparison.Ordinal)}={text} is not valid: set it to {right}, or remove it.");
}

/// <summary>
/// When a silo counts as dead: Orleans' ClusterMembershipOptions, by their own names. Far more eager than Orleans' own defaults, for a drop cannot
/// wait; the ledgers' fence makes it safe to be wrong about a silo.
/// </summary>
internal sealed record MembershipSettings
{
    /// <summary><c>ProbeTimeoutSeconds</c>: a probe that takes longer is a missed one, to begin with; 0.1-600 s, default 1.</summary>
    public double ProbeTimeoutSeconds { get; init; } = 1;

    /// <summary><c>MinProbeTimeoutSeconds</c>: down to which that time adapts itself; 0.1-600 s, default 0.5.</summary>
    public double MinProbeTimeoutSeconds { get; init; } = 0.5;

    /// <summary><c>MaxProbeTimeoutSeconds</c>: up to which that time adapts itself; 0.1-600 s, default 2.</summary>
    public double MaxProbeTimeoutSeconds { get; init; } = 2;

    /// <summary><c>NumMissedProbesLimit</c>: as many in a row make a silo suspect; 1-100, default 2.</summary>
    public int NumMissedProbesLimit { get; init; } = 2;

    /// <summary><c>NumVotesForDeathDeclaration</c>: as many silos must suspect one; 1-10, default 1.</summary>
    public int NumVotesForDeathDeclaration { get; init; } = 1;

    /// <summary><c>TableRefreshTimeoutSeconds</c>: how often the list of silos is read again without a cause; 0.1-600 s, default 5.</summary>
    public double TableRefreshTimeoutSeconds { get; init; } = 5;

    /// <summary>
    /// <c>IAmAliveTablePublishTimeoutSeconds</c>: how often a silo writes that it is alive; 0.5-600 s, default 2. One that missed three is probed by silos that
    /// join, too: so long the first silo waits when all were lost at once.
    /// </summary>
    public double IAmAliveTablePublishTimeoutSeconds { get; init; } = 2;

    /// <summary><c>EnableConnectionLivenessCheck</c>: messages that came in shortly before count as life; default false.</summary>
    public bool EnableConnectionLivenessCheck { get; init; }
}
