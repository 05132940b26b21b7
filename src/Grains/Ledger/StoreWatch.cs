using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using Microsoft.Extensions.Logging;

namespace FlashSale.Grains.Ledger;

/// <summary>
/// Keeps <see cref="StoreHealth"/> true: looks at the store where nothing has been written for a while, or something has failed. A look is a
/// small durable write and a group without events: the former finds a full disk, the latter takes the way of every purchase, through the group loop
/// and, with PostgreSQL, over the groups' own connection, which it renews before a shopper has to find it broken.
/// </summary>
/// <remarks>Not a part of the engine's own loops: a simulated process has no health to show.</remarks>
internal sealed partial class StoreWatch(LedgerEngine engine, ILogger<StoreWatch> log)
{
    private const string Probe = "probe"; // No ledger and no duty has this name.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PauseLeast = TimeSpan.FromMilliseconds(250);

    // A busy process never looks, and one that has the keeper's lease writes that every 2.5 s.
    private static readonly TimeSpan LookAfter = TimeSpan.FromSeconds(3);

    /// <summary>Looks when there is cause to, until cancelled. A store that hangs is not asked twice at once.</summary>
    public async Task Run(CancellationToken stopping)
    {
        using var timer = engine.Time.CreateTimer(static health => ((StoreHealth)health!).Wake(), engine.Store, Every, Every);
        using var stop = stopping.Register(engine.Store.Wake);
        while (true)
        {
            await engine.Store.Woken();
            if (stopping.IsCancellationRequested) return;
            if (!engine.Store.WantsLook(LookAfter)) continue;
            await Look();
            await Task.Delay(PauseLeast, engine.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks now.</summary>
    public async Task Look()
    {
        engine.Store.Look();
        try
        {
            // Zero gives the lease back at once, so all processes share the one row.
            await engine.Journal.TryLease(Probe, Probe, TimeSpan.Zero);
            engine.Store.Wrote();
            await engine.Writer.Submit(new LedgerHandle(Probe, epoch: 0), seq: 0, []);
            if (engine.Store.Judge(up: true)) Back();
        }
        catch (Exception error)
        {
            if (engine.Store.Judge(up: false)) Down(error is LedgerUnavailableException { InnerException: { } cause } ? cause : error);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The store cannot be used: nothing can be sold, and /health/ready says 503, until it can.")]
    private partial void Down(Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The store can be used again.")]
    private partial void Back();
}
