namespace FlashSale.Embedded;

/// <summary>What only this engine has to be told.</summary>
internal sealed class GrainEngineOptions
{
    /// <summary>Name in logs and traces. Default: <c>embedded</c>.</summary>
    public string Name { get; set; } = "embedded";

    /// <summary>How long a graceful stop may take, half of it for running requests. Default: 20 s.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How much later than its response time-out a call may be failed. Default: 250 ms; at least 1 ms.</summary>
    public TimeSpan TimeoutPrecision { get; set; } = TimeSpan.FromMilliseconds(250);
}
