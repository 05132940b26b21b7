namespace FlashSale.Drop.Crowd;

/// <summary>Draws the crowd: the same seed gives the same habits to the same shoppers.</summary>
internal static class Cast
{
    public static Shopper[] Draw(DropOptions options, string run)
    {
        var random = new Random(options.Seed);
        var shoppers = new Shopper[options.Shoppers];
        for (var i = 0; i < shoppers.Length; i++)
            shoppers[i] = new Shopper($"{run}-s{i}", DrawHabits(options, random), options.Tempo.PonderMax * random.NextDouble(), i, 0.5 + random.NextDouble());
        return shoppers;
    }

    static Habits DrawHabits(DropOptions options, Random random)
    {
        var habits = Habits.None;
        if (Happens(options.DoubleTapPercent))
            habits |= Habits.DoubleTaps;
        if (Happens(options.DesertPercent))
            habits |= Habits.Deserts | (Happens(50) ? Habits.DesertsHard : Habits.None);
        if (Happens(options.AbandonPercent))
            habits |= Habits.Abandons | (Happens(50) ? Habits.AbandonsTwice : Habits.None);
        else if (Happens(options.GreedyPercent))
            habits |= Habits.Greedy;
        return habits;

        bool Happens(int percent) => random.Next(100) < percent;
    }
}
