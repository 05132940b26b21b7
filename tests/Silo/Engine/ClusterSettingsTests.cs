using System.Net;
using FlashSale.Gateway;
using FlashSale.Silo.Engine;
using Microsoft.Extensions.Configuration;

namespace FlashSale.Silo.Tests.Engine;

public sealed class ClusterSettingsTests
{
    [Fact]
    public void Defaults_are_those_of_the_documentation()
    {
        var settings = Read();

        Assert.Equal(new ClusterSettings(), settings);
        Assert.Equal(["silo", "gateway"], settings.Roles.Names);
        Assert.Equal(("flashsale", "flashsale", null, 11_111, 30_000), (settings.ClusterId, settings.ServiceId, settings.Address, settings.SiloPort, settings.GatewayPort));
        Assert.Equal(
            new MembershipSettings
            {
                ProbeTimeoutSeconds = 1,
                MinProbeTimeoutSeconds = 0.5,
                MaxProbeTimeoutSeconds = 2,
                NumMissedProbesLimit = 2,
                NumVotesForDeathDeclaration = 1,
                TableRefreshTimeoutSeconds = 5,
                IAmAliveTablePublishTimeoutSeconds = 2,
                EnableConnectionLivenessCheck = false,
            },
            settings.Membership);
    }

    [Fact]
    public void Every_setting_is_read_from_the_key_that_bears_its_name()
    {
        var settings = Read(
            ("ClusterId", "blue"), ("ServiceId", "shop"), ("Address", "::1"), ("SiloPort", "1"), ("GatewayPort", "65535"), ("ConnectSeconds", "0"),
            ("SiloListSeconds", "2.5"), ("ResponseSeconds", "4"), ("ProbeTimeoutSeconds", "5"), ("MinProbeTimeoutSeconds", "6"), ("MaxProbeTimeoutSeconds", "7"),
            ("NumMissedProbesLimit", "8"), ("NumVotesForDeathDeclaration", "9"), ("TableRefreshTimeoutSeconds", "10"),
            ("IAmAliveTablePublishTimeoutSeconds", "11"), ("EnableConnectionLivenessCheck", "true"));

        Assert.Equal(
            new ClusterSettings
            {
                ClusterId = "blue",
                ServiceId = "shop",
                Address = IPAddress.IPv6Loopback,
                SiloPort = 1,
                GatewayPort = 65_535,
                ConnectSeconds = 0,
                SiloListSeconds = 2.5,
                ResponseSeconds = 4,
                Membership = new MembershipSettings
                {
                    ProbeTimeoutSeconds = 5,
                    MinProbeTimeoutSeconds = 6,
                    MaxProbeTimeoutSeconds = 7,
                    NumMissedProbesLimit = 8,
                    NumVotesForDeathDeclaration = 9,
                    TableRefreshTimeoutSeconds = 10,
                    IAmAliveTablePublishTimeoutSeconds = 11,
                    EnableConnectionLivenessCheck = true,
                },
            },
            settings);
    }

    [Theory]
    [InlineData("Cluster:ClusterId", "a b", "FlashSale__Cluster__ClusterId=a b")]
    [InlineData("Cluster:ServiceId", "ü", "FlashSale__Cluster__ServiceId=ü")]
    [InlineData("Cluster:Address", "0.0.0.0", "an IP address of this machine")]
    [InlineData("Cluster:Address", "silo.example", "an IP address of this machine")]
    [InlineData("Cluster:SiloPort", "65536", "a whole number from 1 to 65535")]
    [InlineData("Cluster:GatewayPort", "0", "a whole number from 1 to 65535")]
    [InlineData("Cluster:ConnectSeconds", "-1", "a number from 0 to 3600")]
    [InlineData("Cluster:SiloListSeconds", "0", "a number from 0.1 to 60")]
    [InlineData("Cluster:ResponseSeconds", "0.1", "a number from 0.5 to 600")]
    [InlineData("Cluster:ProbeTimeoutSeconds", "1s", "a number from 0.1 to 600")]
    [InlineData("Cluster:MinProbeTimeoutSeconds", "0", "a number from 0.1 to 600")]
    [InlineData("Cluster:MaxProbeTimeoutSeconds", "601", "a number from 0.1 to 600")]
    [InlineData("Cluster:NumMissedProbesLimit", "0", "a whole number from 1 to 100")]
    [InlineData("Cluster:NumVotesForDeathDeclaration", "11", "a whole number from 1 to 10")]
    [InlineData("Cluster:TableRefreshTimeoutSeconds", "0", "a number from 0.1 to 600")]
    [InlineData("Cluster:IAmAliveTablePublishTimeoutSeconds", "0", "a number from 0.5 to 600")]
    [InlineData("Cluster:EnableConnectionLivenessCheck", "off", "true or false")]
    [InlineData("Roles", "both", "set it to silo, gateway, or silo,gateway")]
    [InlineData("Roles", "Silo", "set it to silo, gateway, or silo,gateway")]
    [InlineData("Roles", "silo,", "set it to silo, gateway, or silo,gateway")]
    public void A_wrong_setting_ends_the_start_with_one_line(string key, string value, string message)
    {
        var exception = Assert.Throws<GatewayConfigurationException>(() => Configured(($"FlashSale:{key}", value)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("gateway,silo")]
    [InlineData("silo, gateway")]
    public void Both_roles_may_be_written_in_any_order(string text) => Assert.Equal(Roles.Both, Configured(("FlashSale:Roles", text)).Roles);

    [Theory]
    [InlineData("silo")]
    [InlineData("gateway")]
    public void One_role_alone_needs_a_cluster(string role)
    {
        var exception = Assert.Throws<GatewayConfigurationException>(() => Configured(("FlashSale:Roles", role)));
        Assert.StartsWith($"FlashSale__Roles={role} needs ", exception.Message, StringComparison.Ordinal);
    }

    private static ClusterSettings Read(params (string Key, string Value)[] settings) =>
        Configured([.. settings.Select(s => ($"FlashSale:Cluster:{s.Key}", s.Value))]);

    private static ClusterSettings Configured(params (string Key, string Value)[] settings) => ClusterSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(s => KeyValuePair.Create<string, string?>(s.Key, s.Value))).Build());
}
