using FlashSale.Embedded;
using Orleans.Runtime;

namespace FlashSale.Simulation.Tests;

/// <summary>
/// The grain directory of all processes. Normally one host a grain; by chance an engine is told that it hosts a grain that another one
/// has too, an entry is forgotten while its activation lives on, or a host is named that is no more. Or there is none at all, and every engine
/// is alone.
/// </summary>
internal sealed class SimDirectory(SimScheduler scheduler, bool alone, Func<Faults> faults, Func<IReadOnlyList<GrainEngine>> members) : IGrainLocator
{
    private readonly Dictionary<GrainId, GrainEngine> _hosts = [];
    private readonly Dictionary<(GrainEngine Asking, GrainId Grain), GrainEngine> _splits = [];

    /// <summary>While set, every engine believes that it is alone.</summary>
    public bool IsPartitioned { get; set; }

    public GrainEngine? Locate(GrainEngine asking, GrainId grain)
    {
        if (alone || IsPartitioned) return asking;
        if (_splits.TryGetValue((asking, grain), out var split)) return split;
        var random = scheduler.Random;
        var now = faults();
        var known = _hosts.GetValueOrDefault(grain);
        if (known is not null && known.IsDead && !random.Chance(now.DirectoryStale * 10)) known = null;
        if (known is not null && random.Chance(now.DirectoryForgets))
        {
            scheduler.Trace.Reach(Situations.DirectoryForgot);
            known = null;
        }

        if (known is not null && known != asking && random.Chance(now.DirectorySplits))
        {
            scheduler.Trace.Reach(Situations.DirectorySplit);
            scheduler.Say($"cluster {grain} is split: {asking.Name} believes that it hosts it, so does {known.Name}");
            return _splits[(asking, grain)] = asking;
        }

        if (known is not null && known.IsDead) scheduler.Trace.Reach(Situations.DirectoryNamedTheDead);
        return known ?? (_hosts[grain] = Place(asking));
    }

    public void Released(GrainEngine host, GrainId grain)
    {
        _splits.Remove((host, grain));
        if (_hosts.GetValueOrDefault(grain) == host) _hosts.Remove(grain);
    }

    /// <summary>All engines agree again.</summary>
    public void Heal()
    {
        IsPartitioned = false;
        _splits.Clear();
    }

    private GrainEngine Place(GrainEngine asking)
    {
        var alive = members();
        return alive.Count == 0 || scheduler.Random.Chance(0.3) ? asking : scheduler.Random.Pick(alive);
    }
}
