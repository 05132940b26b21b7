using System.Collections.Immutable;

namespace FlashSale.Simulation.Tests;

/// <summary>What one SKU's stock is, said as simply as can be: the state of the sequential specification in <see cref="ModelRules"/>.</summary>
internal sealed record ModelShelf
{
    public static readonly ModelShelf Empty = new();

    public bool Registered { get; init; }

    public long Received { get; init; }

    public long Withdrawn { get; init; }

    public long General { get; init; }

    public ImmutableDictionary<string, ModelPool> Pools { get; init; } = ImmutableDictionary.Create<string, ModelPool>(StringComparer.Ordinal);

    public ImmutableDictionary<string, ModelHold> Holds { get; init; } = ImmutableDictionary.Create<string, ModelHold>(StringComparer.Ordinal);

    /// <summary>Generations whose claim was refused: the stock has forgotten them.</summary>
    public ImmutableHashSet<(string Hold, long Generation)> Forgotten { get; init; } = [];

    /// <summary>Until when a shopper is refused by a pool, because the cart refused a claim.</summary>
    public ImmutableDictionary<(string Campaign, string Shopper), DateTimeOffset> PausedUntil { get; init; } = ImmutableDictionary<(string, string), DateTimeOffset>.Empty;

    /// <summary>Operations other than reservations, with what they asked for.</summary>
    public ImmutableDictionary<string, string> Done { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>Changes with every step; equal where two orders of the same steps lead to the same shelf.</summary>
    public int Digest { get; private init; }

    public long Owned(string campaign, string shopper) =>
        Holds.Values.Where(h => h.Campaign == campaign && h.Shopper == shopper).Sum(h => h.Is == ModelState.Held ? h.Quantity : h.Sold);

    public ModelShelf With(ModelPool pool) => this with { Pools = Pools.SetItem(pool.Campaign, pool), Digest = Digest ^ HashOf(Pools.GetValueOrDefault(pool.Campaign)) ^ HashOf(pool) };

    public ModelShelf With(ModelHold hold) => this with { Holds = Holds.SetItem(hold.Id, hold), Digest = Digest ^ HashOf(Holds.GetValueOrDefault(hold.Id)) ^ HashOf(hold) };

    public ModelShelf WithDone(string operation, string body) => this with { Done = Done.Add(operation, body), Digest = Digest ^ HashCode.Combine(operation, body) };

    public ModelShelf Without(ModelHold hold) => this with
    {
        Holds = Holds.Remove(hold.Id),
        Forgotten = Forgotten.Add((hold.Id, hold.Generation)),
        Digest = Digest ^ HashOf(Holds.GetValueOrDefault(hold.Id)) ^ HashCode.Combine(hold.Id, hold.Generation),
    };

    private static int HashOf(object? part) => part?.GetHashCode() ?? 0;

    public override string ToString() =>
        $"general {General}, withdrawn {Withdrawn}; {string.Join("; ", Pools.Values.OrderBy(p => p.Campaign, StringComparer.Ordinal))}";
}

/// <summary>One campaign's pool.</summary>
internal sealed record ModelPool(string Campaign)
{
    public bool OnSale { get; init; }

    public bool Frozen { get; init; }

    public bool Closed { get; init; }

    public DateTimeOffset OpensAt { get; init; }

    public DateTimeOffset ClosesAt { get; init; }

    public int Limit { get; init; }

    public int HoldSeconds { get; init; }

    public long Available { get; init; }

    public long Held { get; init; }

    public long Sold { get; init; }
}

internal enum ModelState
{
    Held,
    Confirmed,
    Released,
    Expired,
}

/// <summary>A hold's current generation.</summary>
/// <param name="Id">Which.</param>
/// <param name="Generation">Which.</param>
/// <param name="Shopper">Whose.</param>
/// <param name="Campaign">Of which pool.</param>
/// <param name="Quantity">Units held.</param>
/// <param name="Asked">Units that its request asked for.</param>
/// <param name="ExpiresAt">When it ends.</param>
internal sealed record ModelHold(string Id, long Generation, string Shopper, string Campaign, int Quantity, int Asked, DateTimeOffset ExpiresAt)
{
    public ModelState Is { get; init; }

    public int Sold { get; init; }

    public bool HasEnded => Is is ModelState.Released or ModelState.Expired;
}
