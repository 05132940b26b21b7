using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using FlashSale.Contracts;
using FlashSale.Testing;
using Orleans;

namespace FlashSale.Gateway.Tests;

/// <summary>All grains that a gateway calls, made by hand. Each does what the test says, and remembers what it was asked.</summary>
internal sealed class FakeGrains
{
    private readonly ConcurrentDictionary<string, object> _grains = new();

    public FakeGrains()
    {
        // A proxy, so that the fake stays whole whatever else the engine's factory can do.
        Factory = DispatchProxy.Create<IGrainFactory, FactoryProxy>();
        ((FactoryProxy)Factory).Grains = this;
    }

    public IGrainFactory Factory { get; }

    public FakeJournal Journal { get; } = new();

    public FakeStock Stock(string sku = Sample.SkuId) => Get("IStockGrain", "sku-" + sku, () => new FakeStock(new Sku(sku)));

    public FakeCart Cart(string shopper = Sample.ShopperName) => Get("ICartGrain", "shopper-" + shopper, () => new FakeCart());

    public FakeCampaign Campaign(string campaign = Sample.CampaignName) => Get("ICampaignGrain", "campaign-" + campaign, () => new FakeCampaign());

    public FakeOperatorKey OperatorKey(string key) =>
        Get("IOperatorKeyGrain", "key-" + OperationId.Of("operator:", "adjust", key), () => new FakeOperatorKey());

    public FakeCatalog Catalog(string sku = Sample.SkuId) => Get("ICatalogGrain", "sku-" + sku, () => new FakeCatalog());

    private T Get<T>(string type, string key, Func<T> make)
        where T : class => (T)_grains.GetOrAdd(type + "/" + key, _ => make());

    private object Find(Type type, string key) => type.Name switch
    {
        nameof(IStockGrain) => Stock(key["sku-".Length..]),
        nameof(ICartGrain) => Cart(key["shopper-".Length..]),
        nameof(ICampaignGrain) => Campaign(key["campaign-".Length..]),
        nameof(IOperatorKeyGrain) => Get(type.Name, key, () => new FakeOperatorKey()),
        nameof(ICatalogGrain) => Catalog(key["sku-".Length..]),
        nameof(IJournalGrain) => Journal,
        _ => throw new NotSupportedException(type.Name),
    };

    public class FactoryProxy : DispatchProxy
    {
        internal FakeGrains? Grains { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Grains!.Find(targetMethod!.ReturnType, (string)args![0]!);
    }
}

internal sealed class FakeStock(Sku sku) : IStockGrain
{
    public ConcurrentQueue<ImmutableArray<Reserve>> Batches { get; } = new();

    public ConcurrentQueue<StockCommand> Commands { get; } = new();

    public Func<ImmutableArray<Reserve>, Task<ReserveReply>>? OnBatch { get; set; }

    /// <summary>Answers each request of a batch; by default with a fresh hold.</summary>
    public Func<Reserve, StockResult> OnReserve { get; set; } = request => new StockResult(Status.Accepted, Sample.Hold(request, sku));

    public Func<StockCommand, StockResult> OnExecute { get; set; } = _ => new StockResult(Status.Accepted);

    public StockView Current { get; set; } = new(sku, true, 0, 0, 0, [], 1, 1);

    public IEnumerable<Reserve> Requests => Batches.SelectMany(batch => batch);

    public async Task<ReserveReply> Reserve(ImmutableArray<Reserve> requests)
    {
        Batches.Enqueue(requests);
        await Task.Yield(); // A grain's answer never comes on the caller's stack.
        return OnBatch is null ? new ReserveReply([.. requests.Select(OnReserve)]) : await OnBatch(requests);
    }

    public async Task<StockResult> Execute(StockCommand command)
    {
        Commands.Enqueue(command);
        await Task.Yield();
        return OnExecute(command);
    }

    public Task<StockView> View() => Task.FromResult(Current);

    public Task<ImmutableArray<HoldInfo?>> Find(ImmutableArray<HoldRef> holds) => throw new NotSupportedException();

    public Task<TendReply> Tend() => throw new NotSupportedException();
}

internal sealed class FakeCart : ICartGrain
{
    public ConcurrentQueue<HoldInfo> Claims { get; } = new();

    public ConcurrentQueue<HoldInfo> Refusals { get; } = new();

    public ConcurrentQueue<(HoldId Hold, ReleaseCause Cause)> Releases { get; } = new();

    /// <summary>Set by the first claim.</summary>
    public TaskCompletionSource Claimed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Func<HoldInfo, ClaimResult> OnClaim { get; set; } = hold => new ClaimResult(Status.Accepted, hold);

    public Func<HoldInfo, ClaimResult> OnRefuse { get; set; } = _ => new ClaimResult(Status.Gone);

    public Func<HoldId, HoldInfo?> OnFind { get; set; } = _ => null;

    public Func<HoldId, Status> OnRelease { get; set; } = _ => Status.NotFound;

    public ImmutableArray<HoldInfo> All { get; set; } = [];

    public async Task<ClaimResult> Claim(HoldInfo hold)
    {
        Claims.Enqueue(hold);
        await Task.Yield();
        Claimed.TrySetResult();
        return OnClaim(hold);
    }

    public async Task<ClaimResult> Refuse(HoldInfo hold)
    {
        Refusals.Enqueue(hold);
        await Task.Yield();
        return OnRefuse(hold);
    }

    public Task<HoldInfo?> Find(HoldId hold) => Task.FromResult(OnFind(hold));

    public Task<ImmutableArray<HoldInfo>> Holds() => Task.FromResult(All);

    public Task<Status> Release(HoldId hold, ReleaseCause cause)
    {
        Releases.Enqueue((hold, cause));
        return Task.FromResult(OnRelease(hold));
    }
}

internal sealed class FakeOperatorKey : IOperatorKeyGrain
{
    public ConcurrentQueue<Adjustment> Adjustments { get; } = new();

    public Func<Adjustment, StockResult> OnAdjust { get; set; } = _ => new StockResult(Status.NotFound);

    public async Task<StockResult> Adjust(Adjustment adjustment)
    {
        Adjustments.Enqueue(adjustment);
        await Task.Yield();
        return OnAdjust(adjustment);
    }
}

internal sealed class FakeCampaign : ICampaignGrain
{
    private readonly Lock _gate = new();
    private CampaignBoard? _board;
    private TaskCompletionSource _changed = New();
    private int _watches;

    /// <summary>How often a board was asked for.</summary>
    public int Watches => Volatile.Read(ref _watches);

    public ConcurrentQueue<CampaignConfig> Configured { get; } = new();

    public ConcurrentQueue<CampaignAction> Actions { get; } = new();

    public Func<CampaignConfig, CampaignResult> OnConfigure { get; set; } = _ => new CampaignResult(Status.NotFound);

    public Func<CampaignAction, CampaignResult> OnChange { get; set; } = _ => new CampaignResult(Status.NotFound);

    public Func<long, Task<CampaignBoard?>>? OnWatch { get; set; }

    public CampaignView? Current { get; set; }

    public CampaignBoard? Board
    {
        get => _board;
        set
        {
            TaskCompletionSource before;
            lock (_gate)
            {
                _board = value;
                (before, _changed) = (_changed, New());
            }

            before.SetResult();
        }
    }

    public Task<CampaignResult> Configure(CampaignConfig config)
    {
        Configured.Enqueue(config);
        return Task.FromResult(OnConfigure(config));
    }

    public Task<CampaignResult> Change(CampaignAction action)
    {
        Actions.Enqueue(action);
        return Task.FromResult(OnChange(action));
    }

    public Task<CampaignView?> View() => Task.FromResult(Current);

    public async Task<CampaignBoard?> Watch(long knownVersion)
    {
        await Task.Yield();
        // Counted once it is clear which way it goes: what a test changes after it has seen the count is not for this one.
        var onWatch = OnWatch;
        Interlocked.Increment(ref _watches);
        if (onWatch is not null) return await onWatch(knownVersion);
        while (true)
        {
            Task next;
            lock (_gate)
            {
                if (_board is null || _board.Version != knownVersion) return _board;
                next = _changed.Task;
            }

            await next;
        }
    }

    public Task ReportLevel(Sku sku, long seq, Availability availability) => throw new NotSupportedException();

    public Task<TendReply> Tend() => throw new NotSupportedException();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed class FakeCatalog : ICatalogGrain
{
    public CatalogEntry? Entry { get; set; }

    public Task<CatalogEntry?> Get() => Task.FromResult(Entry);

    public Task Put(CatalogEntry entry)
    {
        Entry = entry;
        return Task.CompletedTask;
    }
}

internal sealed class FakeJournal : IJournalGrain
{
    private int _lists;

    public int Lists => Volatile.Read(ref _lists);

    public ImmutableArray<string> Ids { get; set; } = [];

    public ImmutableArray<LedgerEvent> Events { get; set; } = [];

    public Func<Task<AuditReport>> OnAudit { get; set; } = () => Task.FromResult(new AuditReport([], []));

    public Task<ImmutableArray<string>> List(LedgerKind kind, string? after, int limit)
    {
        Interlocked.Increment(ref _lists);
        return Task.FromResult(Ids.Where(id => after is null || string.CompareOrdinal(id, after) > 0).Take(limit).ToImmutableArray());
    }

    public Task<ImmutableArray<LedgerEvent>> Read(Sku sku, long after, int limit) =>
        Task.FromResult(Events.Where(e => e.Seq > after).Take(limit).ToImmutableArray());

    public Task<AuditReport> Audit() => OnAudit();
}

/// <summary>Ledger time that a test moves.</summary>
internal sealed class FakeLedgerClock(ManualTimeProvider time) : ILedgerClock
{
    public DateTimeOffset Now => time.GetUtcNow();
}
