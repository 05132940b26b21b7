using System.Diagnostics.Metrics;

namespace FlashSale.Grains.Ledger;

/// <summary>How an open ended.</summary>
internal enum OpenOutcome
{
    Opened,

    /// <summary>The store did not answer, or somebody else has the ledger.</summary>
    Unavailable,

    /// <summary>Its rows contradict each other or cannot be read.</summary>
    Quarantined,
}

/// <summary>What the ledger engine shows to operators, meter <c>FlashSale.Ledger</c>; docs/metrics.md says what each figure means and when it is too high.</summary>
internal sealed class LedgerInstruments
{
    public const string MeterName = "FlashSale.Ledger";

    private static readonly double[] Seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    private static readonly int[] Sizes = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];

    /// <summary>For engines that nobody watches. After what it is made of.</summary>
    public static readonly LedgerInstruments None = new(new Meter("FlashSale.None"));

    private readonly Meter _meter;
    private readonly Histogram<double> _groupDuration;
    private readonly Histogram<int> _groupEvents;
    private readonly Histogram<int> _groupLedgers;
    private readonly Counter<long> _fences;
    private readonly Histogram<double> _openDuration;
    private readonly Counter<long> _reopens;
    private readonly Counter<long> _replayed;
    private readonly Counter<long> _snapshots;

    public LedgerInstruments(IMeterFactory meters)
        : this(meters.Create(MeterName))
    {
    }

    private LedgerInstruments(Meter meter)
    {
        _meter = meter;
        _groupDuration = meter.CreateHistogram(
            "flashsale.ledger.group.duration", "s", "Time that a group spent at the store, by outcome.", null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _groupEvents = meter.CreateHistogram(
            "flashsale.ledger.group.events", "{event}", "Events in a group; 0 in one that only checks.", null, new InstrumentAdvice<int> { HistogramBucketBoundaries = Sizes });
        _groupLedgers = meter.CreateHistogram(
            "flashsale.ledger.group.ledgers", "{ledger}", "Ledgers in a group.", null, new InstrumentAdvice<int> { HistogramBucketBoundaries = Sizes });
        _fences = meter.CreateCounter<long>("flashsale.ledger.fences", "{ledger}", "Parts of groups that changed nothing, because another activation has the ledger.");
        _openDuration = meter.CreateHistogram(
            "flashsale.ledger.open.duration", "s", "Time to read a ledger and replay it, its back-off not counted, by outcome and by whether the right to write was taken.",
            null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _reopens = meter.CreateCounter<long>("flashsale.ledger.reopens", "{ledger}", "Opens of a ledger that was lost shortly before, and had to wait out its back-off.");
        _replayed = meter.CreateCounter<long>("flashsale.ledger.replayed", "{event}", "Events replayed by opens.");
        _snapshots = meter.CreateCounter<long>("flashsale.ledger.snapshots", "{snapshot}", "Snapshots, by outcome.");
    }

    /// <summary>Shows an engine's levels from now on.</summary>
    public void Observe(LedgerEngine engine)
    {
        _meter.CreateObservableGauge("flashsale.ledger.queue", () => engine.Writer.Queued, "{event}", "Events and checks that wait for a group.");
        _meter.CreateObservableGauge("flashsale.ledger.loaded", () => ByKind(engine, loaded => loaded.Ledgers), "{ledger}", "Ledgers in memory, by kind.");
        _meter.CreateObservableGauge(
            "flashsale.ledger.entries", () => ByKind(engine, loaded => loaded.Entries), "{entry}", "What the ledgers in memory remember, by kind: an estimate of their size.");
        _meter.CreateObservableGauge("flashsale.ledger.quarantined", () => engine.Quarantine.Count, "{ledger}", "Ledgers that were found damaged when they were opened last.");
        _meter.CreateObservableGauge("flashsale.clock.offset", () => engine.Clock.Offset.TotalSeconds, "s", "How far the store's clock was ahead of ledger time at the last anchoring.");
        _meter.CreateObservableGauge("flashsale.store.up", () => engine.Store.IsUp ? 1 : 0, "1", "1 while a purchase could be written.");
    }

    /// <summary>A group came back from the store.</summary>
    public void GroupEnded(TimeSpan took, int events, int ledgers, string outcome)
    {
        _groupDuration.Record(took.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
        _groupEvents.Record(events);
        _groupLedgers.Record(ledgers);
    }

    public void Fenced() => _fences.Add(1);

    public void OpenEnded(TimeSpan took, bool tookRight, OpenOutcome outcome) => _openDuration.Record(
        took.TotalSeconds,
        new("right", tookRight ? "taken" : "read"),
        new("outcome", outcome switch { OpenOutcome.Opened => "opened", OpenOutcome.Quarantined => "quarantined", _ => "unavailable" }));

    public void Reopens() => _reopens.Add(1);

    public void Replayed(long events) => _replayed.Add(events);

    public void SnapshotEnded(string outcome) => _snapshots.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    private static IEnumerable<Measurement<long>> ByKind(LedgerEngine engine, Func<LoadedLedgers, long> figure) =>
        engine.Loaded.Select(kind => new Measurement<long>(figure(kind.Value), new KeyValuePair<string, object?>("kind", kind.Key)));
}
