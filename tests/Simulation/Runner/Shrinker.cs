namespace FlashSale.Simulation.Tests;

/// <summary>
/// Makes a failure smaller: fewer shoppers with fewer wishes, no operators, one kind of fault after the other switched off, as long as the same promise
/// is still broken. What is left out moves the luck of everything else, so each step is tried under some other luck too.
/// </summary>
internal static class Shrinker
{
    private const ulong LucksTried = 8;
    private const int RunsMost = 400;

    /// <summary>The smallest run found, and how many were tried.</summary>
    public static (Verdict Smallest, int Runs) Shrink(Verdict failure)
    {
        var (smallest, runs) = (failure, 0);
        for (var smaller = true; smaller && runs < RunsMost;)
        {
            smaller = false;
            foreach (var step in Steps(smallest.Recipe))
            {
                if (Try(step, failure.Promises, ref runs) is not { } found || found.History.Count >= smallest.History.Count) continue;
                smallest = found;
                smaller = true;
                break;
            }
        }

        return (smallest, runs);
    }

    private static Verdict? Try(Recipe recipe, IReadOnlyList<string> promises, ref int runs)
    {
        for (var luck = 0UL; luck < LucksTried && runs < RunsMost; luck++)
        {
            runs++;
            var verdict = Verdict.Of(recipe with { Salt = recipe.Salt + luck });
            if (verdict.Promises.Intersect(promises, StringComparer.Ordinal).Any()) return verdict;
        }

        return null;
    }

    // The boldest first.
    private static IEnumerable<Recipe> Steps(Recipe recipe)
    {
        var shoppers = Math.Min(recipe.ShoppersMost, 40);
        foreach (var fewer in new[] { 1, 2, shoppers / 4, shoppers / 2, shoppers - 1 })
        {
            if (fewer > 0 && fewer < shoppers) yield return recipe with { ShoppersMost = fewer };
        }

        if (recipe.Meddling) yield return recipe with { Meddling = false };
        var wishes = Math.Min(recipe.WishesMost, 9);
        foreach (var fewer in new[] { 1, wishes / 2, wishes - 1 })
        {
            if (fewer > 0 && fewer < wishes) yield return recipe with { WishesMost = fewer };
        }

        foreach (var (name, _) in Faults.Kinds)
        {
            if (!recipe.Without.Contains(name)) yield return recipe with { Without = recipe.Without.Add(name) };
        }
    }
}
