using System.Diagnostics;

namespace FlashSale.Contracts;

/// <summary>
/// The one source of spans. A span begins only within one that is recorded, so that a request that nobody traces costs a look at the current span,
/// and nothing at all while nobody listens.
/// </summary>
internal static class Traces
{
    public const string Name = "FlashSale";

    public static readonly ActivitySource Source = new(Name);

    /// <summary>The span that runs here, if it is recorded: what a queue keeps of whoever stands in it.</summary>
    public static Activity? Recorded => Source.HasListeners() && Activity.Current is { Recorded: true } current ? current : null;

    /// <summary>For work that outlives the request that began it: from here on, in this asynchronous method, it is nobody's.</summary>
    public static void Leave()
    {
        if (Activity.Current is not null) Activity.Current = null;
    }

    /// <summary>Begins a part of the span that runs here; null where that is not recorded.</summary>
    public static Activity? Start(string name) => Recorded is null ? null : Source.StartActivity(name);
}
