using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Bystanders;
using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Hosting;
using FlashSale.Drop.Operator;
using FlashSale.Drop.Report;

namespace FlashSale.Drop;

/// <summary>One drop from set-up to verdict, against servers that are already up.</summary>
internal sealed class DropRun : IDisposable
{
    readonly DropOptions _options;
    readonly IReadOnlyList<Uri> _servers;
    readonly ProgressDisplay _progress;
    readonly TimeProvider _time;
    readonly DropPlan _plan;
    readonly ArrivalCurve? _curve;
    readonly Fault? _fault;
    readonly OperatorApi _api;
    readonly Differences _differences = new();
    readonly Promises _promises;
    readonly Shopper[] _shoppers;
    readonly Timeline _timeline = new();
    readonly CancellationTokenSource _cutting = new();
    readonly List<Target> _targets = [];
    LanePool? _lanes;
    Onlookers? _onlookers;

    public DropRun(DropOptions options, IReadOnlyList<Uri> servers, string adminKey, Fault? fault, ProgressDisplay progress, TimeProvider time)
    {
        (_options, _servers, _fault, _progress, _time) = (options, servers, fault, progress, time);
        _plan = DropPlan.Create(options, time);
        _curve = options.Loop.CurveFor(options.Shoppers);
        _api = new OperatorApi(servers, adminKey, time);
        _promises = new Promises(_plan, _differences);
        _shoppers = Cast.Draw(options, _plan.Run);
    }

    public async Task<DropResult> RunAsync(CancellationToken stop)
    {
        await DropSetup.OpenAsync(_api, _plan, _time, stop);
        var logins = await LoginAsync(stop);
        _onlookers = await _progress.WhileAsync(Onlookers.GatherAsync(_options, _targets, _plan, _time, stop), () => $"opening {_options.Listeners} event streams");
        var sale = await SellAsync(stop);
        return await _progress.WhileAsync(CheckAsync(logins, sale, stop), () => "reading the ledger and the audit");
    }

    /// <summary>Only the set-up, for other load generators.</summary>
    public async Task<DropPlan> WriteTokensAsync(string file, CancellationToken stop)
    {
        await DropSetup.OpenAsync(_api, _plan, _time, stop);
        await LoginAsync(stop);
        await File.WriteAllLinesAsync(file, _shoppers.Select(shopper => System.Text.Encoding.ASCII.GetString(shopper.Token)), stop);
        return _plan;
    }

    public void Dispose()
    {
        _cutting.Cancel();
        _cutting.Dispose();
        _lanes?.Dispose();
        _onlookers?.Dispose();
        _api.Dispose();
    }

    async Task<TimeSpan> LoginAsync(CancellationToken stop)
    {
        foreach (var server in _servers)
            _targets.Add(await Target.ResolveAsync(server, _plan, stop));
        _lanes = new LanePool(_options.ConnectionsMost, () => new Lane(_targets, _options.Tempo.RequestLimit, _timeline, _time), _time);
        for (var i = 0; i < (_curve is null ? _lanes.Bound : LanePool.First); i++)
            _lanes.TryGrow();
        _ = _lanes.CutLateAsync(_cutting.Token);
        var phase = new LoginPhase(_shoppers, _time);
        var start = _time.GetTimestamp();
        await _progress.WhileAsync(phase.RunAsync(_lanes.All, stop), () => $"logins {phase.Done} of {_shoppers.Length}");
        return _time.GetElapsedTime(start);
    }

    async Task<Sale> SellAsync(CancellationToken stop)
    {
        var floor = new Floor(_curve is null ? null : _timeline);
        var limit = (_curve?.Length ?? TimeSpan.Zero) + TimeSpan.FromSeconds(_options.KeepGoingSeconds);
        var watch = new ShelfWatch(floor, _api, _plan, _options, limit, _time);
        var schedule = _curve is null ? null : new Schedule(_shoppers, _curve.Draw(_shoppers.Length, new Random(_options.Seed)), floor, _timeline);
        if (schedule is null)
            floor.Enter(_shoppers);
        else
            floor.Expect(_shoppers.Length);
        var crowd = new CrowdRun(floor, _lanes!, new ShopperScript(_promises, _plan.Limit, _time), watch, _timeline, schedule, _time);
        var view = new LiveView(_options, schedule, floor, watch, _lanes!, _timeline, _time);
        var openedAt = _time.GetUtcNow();
        using var kill = new MidDropKill(_fault, _plan, _timeline, _differences, _time, stop);
        var end = await _progress.WhileAsync(kill.WhileAsync(crowd.RunAsync), view);
        return new Sale(openedAt, crowd.Rush, end, await kill.FinishAsync());
    }

    async Task<DropResult> CheckAsync(TimeSpan logins, Sale sale, CancellationToken stop)
    {
        var fold = new LedgerFold(_plan, _differences);
        await ReadOnAsync(fold, stop);
        var explained = await new UnheardAnswers(_promises, _differences, _time).AskAsync(fold, _shoppers, _lanes!.All, stop);
        // To ask may also have been to buy.
        await ReadOnAsync(fold, stop);
        var check = new LedgerCheck(_plan, _differences);
        check.Compare(fold, _shoppers);
        var sku = await _api.GetSkuAsync(_plan.Sku, stop);
        check.CompareShelf(fold, sku, mustBeEmpty: sale.End.StillWaiting > 0);
        var audit = await _api.AuditAsync(stop);
        var bystanders = await _onlookers!.JudgeAsync(soldOut: sku.Available == 0, _differences, stop);
        var tally = new Tally();
        foreach (var lane in _lanes.All)
            tally.Add(lane.Tally);
        new RunCheck(_options, _differences).Judge(tally, _timeline, sale.End, audit);
        return new DropResult(
            _options, _plan, _curve, _servers, await _api.GetStoreAsync(stop), sale.OpenedAt, _lanes.All.Count, tally, _timeline, logins, sale.Rush, sale.Fault, bystanders,
            sale.End, sku, fold, explained, audit, _differences);
    }

    async Task ReadOnAsync(LedgerFold fold, CancellationToken stop)
    {
        await foreach (var entry in _api.ReadLedgerAsync(_plan.Sku, fold.LastSeq, stop))
            fold.Add(entry);
    }

    sealed record Sale(DateTimeOffset OpenedAt, (TimeSpan Took, long Requests) Rush, ShelfEnd End, FaultOutcome? Fault);
}
