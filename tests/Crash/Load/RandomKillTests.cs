using System.Globalization;
using System.Security.Cryptography;
using FlashSale.Crash.Tests.Crowd;
using FlashSale.Crash.Tests.Failpoints;
using Xunit.Abstractions;

namespace FlashSale.Crash.Tests.Load;

/// <summary>
/// A drop whose process is killed again and again, also while it starts. A seed says when; which requests are then under way is up to the
/// machine. <c>FLASHSALE_CRASH_SEED</c> repeats a seed of the long run.
/// </summary>
public abstract class RandomKillTests(ITestOutputHelper output) : CrashTest
{
    private const int UnitsAKill = 35;

    [Fact]
    public Task After_3_kills_at_random_moments_the_drop_is_exact() => Run(seed: 20261111, kills: 3);

    [Fact]
    [Trait("Tier", "Long")]
    public Task After_20_kills_at_random_moments_the_drop_is_exact() => Run(seed: 20261212, kills: 20);

    [Fact]
    [Trait("Tier", "Long")]
    public async Task After_20_kills_at_moments_that_are_never_the_same_the_drop_is_exact()
    {
        var given = Environment.GetEnvironmentVariable("FLASHSALE_CRASH_SEED");
        await Run(given is null ? RandomNumberGenerator.GetInt32(int.MaxValue) : int.Parse(given, CultureInfo.InvariantCulture), kills: 20);
    }

    private async Task Run(int seed, int kills)
    {
        output.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        await Start();
        var shoppers = await Shoppers.OpenShop([Server.Door], units: kills * UnitsAKill);
        await shoppers.Come(shoppers.Units * 2, Intent.Keep, Intent.Buy, Intent.GiveBack);

        var crowd = shoppers.SellOut();
        for (var kill = 0; kill < kills; kill++)
        {
            // Counted in answers, so that a slow machine kills at the same stages of the drop as a fast one.
            await shoppers.Hear(1 + random.Next(2 * UnitsAKill), before: crowd);
            await Server.Kill();
            if (random.Next(4) == 0)
            {
                Server.Launch();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(700)), TimeProvider.System);
                await Server.Process.Kill();
            }

            await Start();
        }

        await crowd;
        output.WriteLine($"{shoppers.Unknown} requests ended without an answer");
        await Verdict.Check(shoppers, Server.Api, Store);
    }

    // Snapshots come often enough to be hit, too.
    private Task Start() => Server.Start(start => start.WithFailpoints("--SnapshotEvery", "100", "--PageEvents", "500"));
}
