using FlashSale.Gateway;
using OpenTelemetry.Exporter;

namespace FlashSale.Silo.Telemetry;

/// <summary>Where metrics and traces go, section <c>FlashSale:Telemetry</c>. How much is traced is the gateway's: <see cref="GatewayOptions.TraceRatio"/>.</summary>
internal sealed record TelemetryOptions
{
    /// <summary>
    /// <c>OtlpEndpoint</c>: a collector's address, <c>http://collector:4318</c>, default none: then nothing is exported, and nothing is measured for it. With
    /// http/protobuf the paths <c>v1/metrics</c> and <c>v1/traces</c> are appended.
    /// </summary>
    public Uri? Endpoint { get; init; }

    /// <summary><c>OtlpProtocol</c>: <c>http/protobuf</c> (usually port 4318) or <c>grpc</c> (usually port 4317), default <c>http/protobuf</c>.</summary>
    public OtlpExportProtocol Protocol { get; init; } = OtlpExportProtocol.HttpProtobuf;

    /// <summary><c>IntervalSeconds</c>: time between two exports of metrics, 1-300 s. Default 10: a drop is over in less than the minute that is usual.</summary>
    public int IntervalSeconds { get; init; } = 10;

    /// <exception cref="GatewayConfigurationException">A setting is wrong.</exception>
    public static TelemetryOptions Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("FlashSale");
        return new TelemetryOptions
        {
            Endpoint = ReadEndpoint(section["Telemetry:OtlpEndpoint"]),
            Protocol = ReadProtocol(section["Telemetry:OtlpProtocol"]),
            IntervalSeconds = GatewayOptions.Whole(section, "Telemetry:IntervalSeconds", 10, 1, 300),
        };
    }

    /// <summary>Where one signal goes.</summary>
    /// <param name="signal"><c>metrics</c> or <c>traces</c>.</param>
    public Uri EndpointOf(string signal) =>
        Protocol == OtlpExportProtocol.Grpc ? Endpoint! : new Uri($"{Endpoint!.AbsoluteUri.TrimEnd('/')}/v1/{signal}");

    private static Uri? ReadEndpoint(string? text) =>
        string.IsNullOrEmpty(text) ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { Query: "", Fragment: "", UserInfo: "" } ? uri
        : throw new GatewayConfigurationException(
            $"FlashSale__Telemetry__OtlpEndpoint={text} is not valid: set it to a collector's address such as http://collector:4318, or remove it.");

    private static OtlpExportProtocol ReadProtocol(string? text) => text switch
    {
        null or "" or "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
        "grpc" => OtlpExportProtocol.Grpc,
        _ => throw new GatewayConfigurationException($"FlashSale__Telemetry__OtlpProtocol={text} is not valid: set it to http/protobuf or grpc, or remove it."),
    };
}
