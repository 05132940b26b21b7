using System.Net;
using System.Net.Sockets;
using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Hosting;
using FlashSale.Drop.Http;
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
    LanePool? _lanes;

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
        _api.Dispose();
    }

    async Task<TimeSpan> LoginAsync(CancellationToken stop)
    {
        var targets = new List<Target>();
        foreach (var server in _servers)
            targets.Add(new Target(await ResolveAsync(server, stop), new ShopperRequests(server.Authority, _plan.Campaign, _plan.Sku)));
        _lanes = new LanePool(_options.ConnectionsMost, () => new Lane(targets, _options.Tempo.RequestLimit, _timeline, _time), _time);
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
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var striking = StrikeAsync(ending);
        try
        {
            var end = await _progress.WhileAsync(crowd.RunAsync(ending.Token), view);
            return new Sale(openedAt, crowd.Rush, end, await FinishAsync(striking, ending));
        }
        catch (OperationCanceledException) when (_fault is not null && !stop.IsCancellationRequested)
        {
            // What failed is the kill, and the crowd was stopped because of it.
            await striking;
            throw;
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    /// <summary>Does to the servers what --kill says, when half of the stock is sold.</summary>
    async Task<FaultOutcome?> StrikeAsync(CancellationTokenSource ending)
    {
        if (_fault is null)
            return null;
        try
        {
            await _timeline.WhenHeldAsync(Math.Max(1, _plan.Stock / 2)).WaitAsync(ending.Token);
            var start = _time.GetElapsedTime(0);
            _timeline.AddMark($"{_fault.Name} killed", start);
            await _fault.StrikeAsync(ending.Token);
            var end = _time.GetElapsedTime(0);
            _timeline.AddMark($"{_fault.Name} up again", end);
            return new FaultOutcome(_fault.Name, start - _timeline.Origin, end - start);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await ending.CancelAsync();
            throw;
        }
    }

    async Task<FaultOutcome?> FinishAsync(Task<FaultOutcome?> striking, CancellationTokenSource ending)
    {
        if (_fault is null || _timeline.Marks.Count > 0)
            return await striking;
        await ending.CancelAsync();
        _differences.Add("kill", $"{_fault.Name} was to be killed when half of the stock was sold, and that much was not sold.");
        return null;
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
        var tally = new Tally();
        foreach (var lane in _lanes.All)
            tally.Add(lane.Tally);
        new RunCheck(_options, _differences).Judge(tally, _timeline, sale.End, audit);
        return new DropResult(
            _options, _plan, _curve, _servers, await _api.GetStoreAsync(stop), sale.OpenedAt, _lanes.All.Count, tally, _timeline, logins, sale.Rush, sale.Fault,
            sale.End, sku, fold, explained, audit, _differences);
    }

    async Task ReadOnAsync(LedgerFold fold, CancellationToken stop)
    {
        await foreach (var entry in _api.ReadLedgerAsync(_plan.Sku, fold.LastSeq, stop))
            fold.Add(entry);
    }

    /// <summary>Once, and not at each connect: a desertion opens a connection. A name may stand for addresses at which nobody listens (localhost).</summary>
    static async Task<EndPoint> ResolveAsync(Uri server, CancellationToken stop)
    {
        foreach (var address in await Dns.GetHostAddressesAsync(server.DnsSafeHost, stop))
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, server.Port), stop);
                return socket.RemoteEndPoint!;
            }
            catch (SocketException)
            {
                // The next address, then.
            }
        }

        throw new DropException($"No address of {server.Authority} takes a connection.");
    }

    sealed record Sale(DateTimeOffset OpenedAt, (TimeSpan Took, long Requests) Rush, ShelfEnd End, FaultOutcome? Fault);
}
