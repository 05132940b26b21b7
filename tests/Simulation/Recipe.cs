using System.Collections.Immutable;

namespace FlashSale.Simulation.Tests;

/// <summary>What makes a run: a seed, and, where a failure is being made smaller, what is left out of it.</summary>
/// <param name="Seed">Draws everything.</param>
internal sealed record Recipe(ulong Seed)
{
    /// <summary>The same plan, faults and shoppers under other luck.</summary>
    public ulong Salt { get; init; }

    public int ShoppersMost { get; init; } = int.MaxValue;

    public int WishesMost { get; init; } = int.MaxValue;

    /// <summary>Whether operators change things while the crowd is in.</summary>
    public bool Meddling { get; init; } = true;

    /// <summary>Kinds of faults that do not happen, by their names in <see cref="Faults.Kinds"/>.</summary>
    public ImmutableSortedSet<string> Without { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>What is wrong with the store on purpose.</summary>
    public StoreBug Bug { get; init; }

    public Faults Simplify(Faults faults) => Faults.Kinds.Where(k => Without.Contains(k.Name)).Aggregate(faults, (f, k) => k.Without(f));
}
