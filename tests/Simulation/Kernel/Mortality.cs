namespace FlashSale.Simulation.Tests;

/// <summary>
/// When a process dies by itself: before any of its steps (what lies between two awaits), before any deed that others can see (a call to the
/// store, a message, an answer), and most often a few steps after such a deed, where the interesting awaits are.
/// </summary>
internal sealed class Mortality(SimScheduler scheduler, Func<Faults> faults, Action die)
{
    /// <summary>So many steps are between a deed and the end of what it began.</summary>
    private const int FuseMost = 25;

    private int _fuse;

    /// <summary>Draws whether the process dies here.</summary>
    public void Draw(bool deed)
    {
        var now = faults();
        if (now.CrashNearDeed == 0) _fuse = 0;
        if (deed) Light(now);
        if ((_fuse > 0 && --_fuse == 0) || (now.CrashAtStep > 0 && scheduler.Random.Chance(now.CrashAtStep)))
        {
            scheduler.Trace.Reach(deed ? Situations.DiedBeforeDeed : Situations.DiedBetweenAwaits);
            die();
        }
    }

    private void Light(Faults now)
    {
        if (_fuse == 0 && now.CrashNearDeed > 0 && scheduler.Random.Chance(now.CrashNearDeed)) _fuse = scheduler.Random.Between(1, FuseMost);
    }
}
