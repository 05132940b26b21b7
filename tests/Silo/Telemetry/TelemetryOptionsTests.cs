using FlashSale.Gateway;
using FlashSale.Silo.Telemetry;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Exporter;

namespace FlashSale.Silo.Tests.Telemetry;

public sealed class TelemetryOptionsTests
{
    [Fact]
    public void Nothing_is_exported_unless_a_collector_is_named()
    {
        Assert.Equal(new TelemetryOptions(), Options());
        Assert.Null(Options().Endpoint);
    }

    [Theory]
    [InlineData("http://collector:4318", "http/protobuf", "http://collector:4318/v1/traces")]
    [InlineData("https://collector.example/otlp/", "http/protobuf", "https://collector.example/otlp/v1/traces")]
    [InlineData("http://collector:4317", "grpc", "http://collector:4317/")]
    public void A_signal_has_its_own_path_over_http(string endpoint, string protocol, string traces) =>
        Assert.Equal(traces, Options(("OtlpEndpoint", endpoint), ("OtlpProtocol", protocol)).EndpointOf("traces").AbsoluteUri);

    [Fact]
    public void All_of_it_can_be_set() => Assert.Equal(
        new TelemetryOptions { Endpoint = new Uri("http://c:1"), Protocol = OtlpExportProtocol.Grpc, IntervalSeconds = 300 },
        Options(("OtlpEndpoint", "http://c:1"), ("OtlpProtocol", "grpc"), ("IntervalSeconds", "300")));

    [Theory]
    [InlineData("OtlpEndpoint", "collector:4318", "FlashSale__Telemetry__OtlpEndpoint=collector:4318")]
    [InlineData("OtlpEndpoint", "ftp://collector", "such as http://collector:4318")]
    [InlineData("OtlpEndpoint", "http://c/?key=1", "FlashSale__Telemetry__OtlpEndpoint")]
    [InlineData("OtlpProtocol", "http", "http/protobuf or grpc")]
    [InlineData("IntervalSeconds", "0", "from 1 to 300")]
    public void A_wrong_setting_ends_the_start_with_one_line(string key, string value, string message)
    {
        var exception = Assert.Throws<GatewayConfigurationException>(() => Options((key, value)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    private static TelemetryOptions Options(params (string Key, string Value)[] settings) => TelemetryOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(s => KeyValuePair.Create("FlashSale:Telemetry:" + s.Key, (string?)s.Value))).Build());
}
