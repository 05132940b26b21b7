using System.Collections.Concurrent;
using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using Microsoft.Extensions.Logging;
using Orleans;

namespace FlashSale.Grains.Campaign;

/// <summary>
/// The background duty that needs no traffic: finds campaigns in the journal, opens and closes them in time, carries unfinished plans on, and
/// keeps every SKU with live holds awake so that they end when they should. A lease lets one process do it.
/// </summary>
/// <param name="engine">The journal and the clock.</param>
/// <param name="grains">The campaigns.</param>
/// <param name="owner">Names this process in the lease.</param>
/// <param name="log">Where failures go.</param>
/// <param name="instruments">Null: nobody watches.</param>
internal sealed partial class Keeper(LedgerEngine engine, IGrainFactory grains, string owner, ILogger<Keeper> log, KeeperInstruments? instruments = null)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LeaseLength = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(2);
    private const string Duty = "keeper";
    private const int PageSize = 500;
    private const int TendedMost = 256;

    // Longer than a call can take: until it is over, a campaign that is being tended is not tended again.
    private static readonly TimeSpan TendingMost = TimeSpan.FromMinutes(1);

    // When each known campaign wants to be tended next; MaxValue: never again. Written by the round and by the ends of its calls.
    private readonly ConcurrentDictionary<CampaignId, DateTimeOffset> _dueAt = new();
    private readonly ConcurrentDictionary<CampaignId, bool> _failing = new(); // What is said once of each, until it has been tended.
    private readonly KeeperInstruments _instruments = instruments ?? KeeperInstruments.None;
    private int _tending;
    private CampaignId? _lookedAtLast; // By a round that had to end; the next one goes on behind it.
    private TaskCompletionSource? _ended;
    private bool _hasDuty;
    private long? _leasedAt; // Timestamp before the call that got the lease.

    /// <summary>True while it does its duty, or waits for the lease.</summary>
    public bool IsRunning { get; private set; }

    /// <summary>This process has the lease. It may have ended a moment ago.</summary>
    public bool HasDuty => IsRunning && _hasDuty;

    /// <summary>Campaigns found so far, closed ones too; 0 without the lease.</summary>
    public int Campaigns => _dueAt.Count;

    /// <summary>Until cancelled; then gives the lease back, so that another process need not wait for its end.</summary>
    public async Task Run(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Every, engine.Time);
        IsRunning = true;
        try
        {
            do await Turn(stopping);
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await GiveBack();
        }
        finally
        {
            IsRunning = false;
        }
    }

    private async Task Turn(CancellationToken stopping)
    {
        try
        {
            _hasDuty = await HasLease();
            if (_hasDuty) await Round(stopping);
            else Forget();
            _instruments.RoundEnded(failed: false);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            _hasDuty = _leasedAt is not null;
            _instruments.RoundEnded(failed: true);
            if (!engine.Store.IsDown) RoundFailed(error);
            engine.Store.Doubt();
        }
    }

    // Whoever takes the duty over starts with a look at everything.
    private void Forget()
    {
        _lookedAtLast = null;
        _dueAt.Clear();
        _failing.Clear();
    }

    private async Task GiveBack()
    {
        if (_leasedAt is null) return;
        _leasedAt = null;
        try
        {
            await engine.Journal.TryLease(Duty, owner, TimeSpan.Zero);
        }
        catch (Exception)
        {
            // It ends by itself.
        }
    }

    // Renewed at half of its length: a renewal is a write.
    private async Task<bool> HasLease()
    {
        var now = engine.Time.GetTimestamp();
        if (_leasedAt is { } leasedAt && engine.Time.GetElapsedTime(leasedAt, now) < LeaseLength / 2) return true;
        _leasedAt = null;
        if (!await engine.Journal.TryLease(Duty, owner, LeaseLength)) return false;
        _leasedAt = now;
        engine.Store.Wrote();
        return true;
    }

    /// <summary>
    /// One look at all campaigns. It waits for none of them: one that is stuck must not delay the others. With as many under way as there may be it waits
    /// for any to end, but not beyond its time; then the next round goes on where it ended.
    /// </summary>
    public async Task Round(CancellationToken stopping)
    {
        string prefix = CampaignGrain.Kind.Prefix + GrainKeys.CampaignPrefix, after = prefix + _lookedAtLast?.Value;
        var startedAt = engine.Time.GetTimestamp();
        while (!stopping.IsCancellationRequested)
        {
            var ledgers = await engine.Journal.ListLedgers(prefix, after, PageSize);
            var now = engine.Clock.Now;
            foreach (var campaign in ledgers.Select(l => new CampaignId(l[prefix.Length..])))
            {
                if (_dueAt.GetValueOrDefault(campaign) <= now)
                {
                    if (!await MayTend(startedAt, stopping)) return;
                    _dueAt[campaign] = now + TendingMost;
                    Tend(campaign).Ignore();
                }

                _lookedAtLast = campaign;
            }

            if (ledgers.Count < PageSize) break;
            after = ledgers[^1];
        }

        _lookedAtLast = null;
    }

    private async Task<bool> MayTend(long roundStartedAt, CancellationToken stopping)
    {
        while (Volatile.Read(ref _tending) >= TendedMost)
        {
            var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Interlocked.Exchange(ref _ended, ended); // A full fence: whoever ends after the next look sees it.
            if (Volatile.Read(ref _tending) < TendedMost) break;
            var left = Every - engine.Time.GetElapsedTime(roundStartedAt);
            if (left <= TimeSpan.Zero) return false;
            await ended.Task.WaitAsync(left, engine.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
            stopping.ThrowIfCancellationRequested();
        }

        return true;
    }

    private async Task Tend(CampaignId campaign)
    {
        Interlocked.Increment(ref _tending);
        try
        {
            _dueAt[campaign] = NextLook(await grains.Campaign(campaign).Tend());
            _failing.TryRemove(campaign, out _);
            _instruments.Tended(failed: false);
        }
        catch (Exception error)
        {
            _dueAt[campaign] = DateTimeOffset.MinValue;
            _instruments.Tended(failed: true);
            if (!engine.Store.IsDown && _failing.TryAdd(campaign, true)) TendFailed(campaign, error);
        }
        finally
        {
            Interlocked.Decrement(ref _tending);
            Volatile.Read(ref _ended)?.TrySetResult();
        }
    }

    private DateTimeOffset NextLook(TendReply tended)
    {
        if (tended.Busy) return DateTimeOffset.MinValue;
        if (tended.DueAt is not { } dueAt) return DateTimeOffset.MaxValue;
        // An operator may have moved it meanwhile.
        var again = engine.Clock.Now + LookAgainAfter;
        return dueAt < again ? dueAt : again;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keeper could not look at the campaigns; it tries again in a second.")]
    private partial void RoundFailed(Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The keeper could not tend campaign {Campaign}; it tries again each second, and says no more of it until that succeeds.")]
    private partial void TendFailed(CampaignId campaign, Exception error);
}
