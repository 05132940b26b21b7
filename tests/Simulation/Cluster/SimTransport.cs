using System.Collections.Immutable;
using System.Runtime.InteropServices;
using FlashSale.Contracts;
using FlashSale.Embedded;

namespace FlashSale.Simulation.Tests;

/// <summary>Carries calls between processes: late, twice, or never. Arrays are copied, as a wire would.</summary>
internal sealed class SimTransport(Lane wire, Func<Faults> faults) : IGrainTransport
{
    private SimRandom Random => wire.Scheduler.Random;

    public void Send(GrainEngine from, GrainEngine to, GrainRequest request) =>
        Carry(from, to, twice => to.Receive(twice && Random.Chance(0.5) ? request : request.Copy(CopyValue)));

    public void Send(GrainEngine from, GrainEngine to, GrainReply reply) => Carry(from, to, _ => reply.Copy(CopyValue).Deliver());

    /// <summary>Delivers by chance 0, 1 or 2 times.</summary>
    private void Carry(GrainEngine from, GrainEngine to, Action<bool> deliver)
    {
        if (!((Lane)from.Scheduler).MayAct(deed: true)) return;
        var now = faults();
        if (Random.Chance(now.MessageLost))
        {
            wire.Scheduler.Trace.Reach(Situations.MessageLost);
            return;
        }

        var twice = Random.Chance(now.MessageDoubled);
        if (twice) wire.Scheduler.Trace.Reach(Situations.MessageDoubled);
        Deliver();
        if (twice) Deliver();

        void Deliver() => ((Lane)to.Scheduler).After(Latency(now), () => deliver(twice));
    }

    private TimeSpan Latency(Faults now) =>
        Random.Chance(now.MessageLate) ? Random.Milliseconds(20, Random.Chance(0.2) ? 10_000 : 3_000) : TimeSpan.FromMicroseconds(Random.Between(50, 1_000));

    private static object? CopyValue(object? value) => value switch
    {
        ImmutableArray<Reserve> array => Copied(array),
        ImmutableArray<HoldRef> array => Copied(array),
        ImmutableArray<HoldInfo?> array => Copied(array),
        ReserveReply reply => new ReserveReply(Copied(reply.Results)),
        _ => value,
    };

    private static ImmutableArray<T> Copied<T>(ImmutableArray<T> array) => ImmutableCollectionsMarshal.AsImmutableArray(array.ToArray());
}
