using System.Diagnostics;
using FlashSale.Contracts;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;

namespace FlashSale.Silo.Engine.Cluster;

/// <summary>
/// Carries the span of a call over to the grain, also in another process. Orleans' own propagation makes spans of its own for every call while anybody
/// listens; here a call that is not traced costs a look at the current span.
/// </summary>
internal static class TraceFilters
{
    private const string Key = "traceparent";

    public static ISiloBuilder AddTraces(this ISiloBuilder silo) => silo.AddOutgoingGrainCallFilter<Outgoing>().AddIncomingGrainCallFilter<Incoming>();

    public static IClientBuilder AddTraces(this IClientBuilder client) => client.AddOutgoingGrainCallFilter<Outgoing>();

    private sealed class Outgoing : IOutgoingGrainCallFilter
    {
        public Task Invoke(IOutgoingGrainCallContext context)
        {
            if (!Traces.Source.HasListeners()) return context.Invoke();
            if (Traces.Recorded is { Id: { } id }) RequestContext.Set(Key, id);
            else RequestContext.Remove(Key); // What runs here may have been called by somebody who is traced, and gone on for others.
            return context.Invoke();
        }
    }

    private sealed class Incoming : IIncomingGrainCallFilter
    {
        public Task Invoke(IIncomingGrainCallContext context) =>
            Traces.Source.HasListeners() && RequestContext.Get(Key) is string id && ActivityContext.TryParse(id, traceState: null, isRemote: true, out var caller)
                ? Trace(context, caller)
                : context.Invoke();

        private static async Task Trace(IIncomingGrainCallContext context, ActivityContext caller)
        {
            using var span = Traces.Source.StartActivity("grain.call", ActivityKind.Server, caller);
            span?.SetTag("rpc.system", "orleans").SetTag("rpc.service", context.InterfaceName).SetTag("rpc.method", context.MethodName);
            await context.Invoke();
        }
    }
}
