namespace FlashSale.Crash.Tests.Failpoints;

/// <summary>The product as a process that can be stopped at a named point.</summary>
internal static class FailpointSilo
{
    /// <summary>How it is started in place of the product.</summary>
    public static SiloStart WithFailpoints(this SiloStart start, params string[] settings) =>
        start with { Program = typeof(FailpointHost).Assembly.Location, Settings = [.. start.Settings, .. settings] };

    /// <summary>The process will stop when this happens for the nth time from now on.</summary>
    public static async Task Set(this SiloProcess silo, Point point, string ledger, int nth = 1)
    {
        var before = silo.Says(Failpoint.IsSet);
        await silo.Tell($"{point} {ledger} {nth}");
        await silo.Said(Failpoint.IsSet, before + 1);
    }

    /// <summary>It has stopped there, for the nth time.</summary>
    public static Task Reached(this SiloProcess silo, int nth = 1) => silo.Said(Failpoint.IsReached, nth);

    /// <summary>It goes on.</summary>
    public static Task Go(this SiloProcess silo) => silo.Tell(Failpoint.Go);
}
