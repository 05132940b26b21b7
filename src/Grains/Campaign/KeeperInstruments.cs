using System.Diagnostics.Metrics;

namespace FlashSale.Grains.Campaign;

/// <summary>What the keeper shows to operators, meter <c>FlashSale.Keeper</c>; docs/metrics.md explains it.</summary>
internal sealed class KeeperInstruments
{
    public const string MeterName = "FlashSale.Keeper";

    /// <summary>For keepers that nobody watches.</summary>
    public static readonly KeeperInstruments None = new(new Meter("FlashSale.None"));

    private readonly Meter _meter;
    private readonly Counter<long> _rounds;
    private readonly Counter<long> _tended;

    public KeeperInstruments(IMeterFactory meters)
        : this(meters.Create(MeterName))
    {
    }

    private KeeperInstruments(Meter meter)
    {
        _meter = meter;
        _rounds = meter.CreateCounter<long>("flashsale.keeper.rounds", "{round}", "Looks at the lease and, with it, at all campaigns, by outcome.");
        _tended = meter.CreateCounter<long>("flashsale.keeper.tended", "{campaign}", "Campaigns that the keeper tended, by outcome.");
    }

    /// <summary>Shows a keeper's levels from now on.</summary>
    public void Observe(Keeper keeper)
    {
        _meter.CreateObservableGauge("flashsale.keeper.lease", () => keeper.HasDuty ? 1 : 0, "1", "1 in the process that has the keeper's duty.");
        _meter.CreateObservableGauge("flashsale.keeper.campaigns", () => keeper.Campaigns, "{campaign}", "Campaigns that the keeper knows, closed ones too.");
    }

    public void RoundEnded(bool failed) => _rounds.Add(1, Outcome(failed));

    public void Tended(bool failed) => _tended.Add(1, Outcome(failed));

    private static KeyValuePair<string, object?> Outcome(bool failed) => new("outcome", failed ? "failed" : "ok");
}
