using System.Diagnostics;
using OpenTelemetry.Trace;

namespace FlashSale.Silo.Telemetry;

/// <summary>
/// Which requests are traced: those that come with a sampled <c>traceparent</c>, and a share of all others. What belongs to a traced span, or is linked
/// with one (a group of the journal), is traced with it.
/// </summary>
/// <param name="ratio">The share, 0-1.</param>
internal sealed class PurchaseSampler(double ratio) : Sampler
{
    private static readonly SamplingResult Record = new(SamplingDecision.RecordAndSample);
    private static readonly SamplingResult Drop = new(SamplingDecision.Drop);

    private readonly TraceIdRatioBasedSampler _share = new(ratio);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters)
    {
        var parent = samplingParameters.ParentContext;
        if (IsSampled(parent) || samplingParameters.Links?.Any(link => IsSampled(link.Context)) == true) return Record;
        // Within this process the root has decided.
        return parent.TraceId != default && !parent.IsRemote ? Drop : _share.ShouldSample(samplingParameters);
    }

    private static bool IsSampled(ActivityContext context) => (context.TraceFlags & ActivityTraceFlags.Recorded) != ActivityTraceFlags.None;
}
