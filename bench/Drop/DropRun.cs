using System.Net;
using System.Net.Sockets;
using FlashSale.Drop.Check;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Http;
using FlashSale.Drop.Operator;
using FlashSale.Drop.Report;

namespace FlashSale.Drop;

/// <summary>One drop from set-up to verdict, against a server that is already up.</summary>
internal sealed class DropRun : IDisposable
{
    readonly DropOptions _options;
    readonly Uri _server;
    readonly ProgressLine _progress;
    readonly TimeProvider _time;
    readonly DropPlan _plan;
    readonly OperatorApi _api;
    readonly Differences _differences = new();
    readonly Promises _promises;
    readonly Shopper[] _shoppers;
    Lane[] _lanes = [];

    public DropRun(DropOptions options, Uri server, string adminKey, ProgressLine progress, TimeProvider time)
    {
        (_options, _server, _progress, _time) = (options, server, progress, time);
        _plan = DropPlan.Create(options, time);
        _api = new OperatorApi(server, adminKey, time);
        _promises = new Promises(_plan, _differences);
        _shoppers = Cast.Draw(options, _plan.Run);
    }

    public async Task<DropResult> RunAsync(CancellationToken stop)
    {
        await DropSetup.OpenAsync(_api, _plan, _time, stop);
        var logins = await LoginAsync(stop);
        var (rush, end) = await SellAsync(stop);
        return await _progress.WhileAsync(CheckAsync(logins, rush, end, stop), () => "reading the ledger and the audit");
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
        foreach (var lane in _lanes)
            lane.Dispose();
        _api.Dispose();
    }

    async Task<TimeSpan> LoginAsync(CancellationToken stop)
    {
        var endPoint = await ResolveAsync(stop);
        var requests = new ShopperRequests(_server.Authority, _plan.Campaign, _plan.Sku);
        _lanes = [.. Enumerable.Range(0, _options.Connections).Select(_ => new Lane(endPoint, requests, _options.Tempo.RequestLimit, _time))];
        var phase = new LoginPhase(_shoppers, _time);
        var start = _time.GetTimestamp();
        await _progress.WhileAsync(phase.RunAsync(_lanes, stop), () => $"logins {phase.Done} of {_shoppers.Length}");
        return _time.GetElapsedTime(start);
    }

    async Task<((TimeSpan Took, long Requests) Rush, ShelfEnd End)> SellAsync(CancellationToken stop)
    {
        var floor = new Floor();
        var watch = new ShelfWatch(floor, _api, _plan, _options, _time);
        var crowd = new CrowdRun(floor, _lanes, new ShopperScript(_promises, _plan.Limit, _time), watch, _time);
        floor.Enter(_shoppers);
        var start = _time.GetTimestamp();
        var end = await _progress.WhileAsync(crowd.RunAsync(stop), () => Line(floor, watch, _time.GetElapsedTime(start)));
        return (crowd.Rush, end);
    }

    string Line(Floor floor, ShelfWatch watch, TimeSpan elapsed) =>
        $"{elapsed.TotalSeconds:0} s: requests {_lanes.Sum(lane => lane.Tally.Requests)}, 201 {Sum(AnswerKind.Held)}, sold_out {Sum(AnswerKind.SoldOut)}, "
        + $"on the shelf {watch.Available}, acting {floor.Active}, waiting {floor.Waiting}";

    long Sum(AnswerKind kind) => _lanes.Sum(lane => lane.Tally[kind]);

    async Task<DropResult> CheckAsync(TimeSpan logins, (TimeSpan Took, long Requests) rush, ShelfEnd end, CancellationToken stop)
    {
        var fold = new LedgerFold(_plan, _differences);
        await foreach (var entry in _api.ReadLedgerAsync(_plan.Sku, stop))
            fold.Add(entry);
        var explained = await new UnheardAnswers(_promises, _time).AskAsync(fold, _shoppers, _lanes[0], stop);
        var check = new LedgerCheck(_plan, _differences);
        check.Compare(fold, _shoppers);
        var sku = await _api.GetSkuAsync(_plan.Sku, stop);
        check.CompareShelf(fold, sku, mustBeEmpty: end.StillWaiting > 0);
        var audit = await _api.AuditAsync(stop);
        var tally = new Tally();
        foreach (var lane in _lanes)
            tally.Add(lane.Tally);
        JudgeRun(tally, end, audit);
        return new DropResult(_options, _plan, tally, logins, rush, end, sku, fold, explained, audit, _differences);
    }

    void JudgeRun(Tally tally, ShelfEnd end, AuditView audit)
    {
        if (!end.InTime)
            _differences.Add("time", $"after {_options.KeepGoingSeconds} s {end.StillActive} shoppers were still acting and {end.StillWaiting} waiting for stock.");
        foreach (var promise in audit.Promises.Where(promise => !promise.Holds))
            _differences.Add("audit", $"{promise.Id} does not hold: {promise.Detail}");
        if (!audit.Holds)
            _differences.Add("audit", "the server's own audit says that its promises do not hold.");
        Tolerate("overloaded", tally[AnswerKind.Overloaded]);
        Tolerate("rate_limited", tally[AnswerKind.RateLimited]);
        foreach (var (code, (count, sample)) in tally.Odd.Where(odd => !_options.Allows(odd.Key[(odd.Key.IndexOf(' ') + 1)..])))
            _differences.Add("odd", $"{code}, {count} times, first: {sample}");
    }

    void Tolerate(string code, long count)
    {
        if (count > 0 && !_options.Allows(code))
            _differences.Add(code, $"{count} answers were {code}; none should be. A crowd beyond the server's limits runs with --allow {code}.");
    }

    /// <summary>Once, and not at each connect: a desertion opens a connection. A name may stand for addresses at which nobody listens (localhost).</summary>
    async Task<EndPoint> ResolveAsync(CancellationToken stop)
    {
        foreach (var address in await Dns.GetHostAddressesAsync(_server.DnsSafeHost, stop))
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, _server.Port), stop);
                return socket.RemoteEndPoint!;
            }
            catch (SocketException)
            {
                // The next address, then.
            }
        }

        throw new DropException($"No address of {_server.Authority} takes a connection.");
    }
}
