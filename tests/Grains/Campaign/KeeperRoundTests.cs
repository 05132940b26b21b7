using System.Collections.Concurrent;
using System.Reflection;
using FlashSale.Contracts;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.Tests.Journal;
using FlashSale.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans;

namespace FlashSale.Grains.Tests.Campaign;

/// <summary>More campaigns than the keeper tends at once: each has its turn.</summary>
public sealed class KeeperRoundTests : IAsyncLifetime
{
    private const int AtOnce = 256, Campaigns = 600;

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ManyCampaigns _campaigns = new();
    private SqliteJournal _store = null!;
    private LedgerEngine _engine = null!;
    private Keeper _keeper = null!;

    public async Task InitializeAsync()
    {
        _store = _directory.Open();
        _engine = new LedgerEngine(_store, _time, () => 0, NullLoggerFactory.Instance);
        await _engine.Start();
        _keeper = new Keeper(_engine, _campaigns.Factory, "one", NullLogger<Keeper>.Instance);
        var begun = new EventRow(1, _engine.Clock.Now, null, 1, "{}");
        await _store.Append([.. Enumerable.Range(0, Campaigns).Select(i => new JournalEntry($"campaign/campaign-{i:000}", 0, 0, [begun]))]);
    }

    public async Task DisposeAsync()
    {
        _campaigns.EndAll();
        await _engine.Stop();
        _engine.Dispose();
        await _store.DisposeAsync();
        _directory.Remove();
    }

    [Fact]
    public async Task Where_all_places_are_taken_for_long_the_next_round_goes_on_where_this_one_ended()
    {
        var first = _keeper.Round(CancellationToken.None);
        await _campaigns.Asked(AtOnce);
        await ItsTimeIsOver(first);

        _campaigns.EndAll();
        var second = _keeper.Round(CancellationToken.None);
        await _campaigns.Asked(2 * AtOnce);
        Assert.Equal(2 * AtOnce, _campaigns.Names.Distinct().Count());
        await ItsTimeIsOver(second);
    }

    [Fact]
    public async Task A_place_that_gets_free_is_taken_within_the_same_round()
    {
        var round = _keeper.Round(CancellationToken.None);
        for (var asked = AtOnce; asked < Campaigns; asked += AtOnce)
        {
            await _campaigns.Asked(asked);
            _campaigns.EndAll();
        }

        await round;
        Assert.Equal(Campaigns, _campaigns.Names.Distinct().Count());
    }

    private async Task ItsTimeIsOver(Task round)
    {
        while (!round.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await round;
    }

    /// <summary>Campaigns that are tended until the test lets them end.</summary>
    private sealed class ManyCampaigns
    {
        private readonly ConcurrentQueue<TaskCompletionSource<TendReply>> _tending = new();
        private readonly SemaphoreSlim _asked = new(0);
        private int _seen;

        public ManyCampaigns()
        {
            Factory = DispatchProxy.Create<IGrainFactory, Proxy>();
            ((Proxy)Factory).OnCall = (method, args) =>
            {
                var campaign = DispatchProxy.Create<ICampaignGrain, Proxy>();
                ((Proxy)(object)campaign).OnCall = (_, _) => Tend((string)args[0]!);
                return campaign;
            };
        }

        public IGrainFactory Factory { get; }

        public ConcurrentQueue<string> Names { get; } = new();

        /// <summary>Returns when so many calls have come altogether.</summary>
        public async Task Asked(int calls)
        {
            for (; _seen < calls; _seen++) await _asked.WaitAsync();
        }

        public void EndAll()
        {
            while (_tending.TryDequeue(out var tending)) tending.SetResult(new TendReply(Busy: false, DueAt: null));
        }

        private Task<TendReply> Tend(string name)
        {
            var tending = new TaskCompletionSource<TendReply>(TaskCreationOptions.RunContinuationsAsynchronously);
            _tending.Enqueue(tending);
            Names.Enqueue(name);
            _asked.Release();
            return tending.Task;
        }
    }

    public class Proxy : DispatchProxy
    {
        internal Func<MethodInfo, object?[], object?>? OnCall { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => OnCall!(targetMethod!, args!);
    }
}
