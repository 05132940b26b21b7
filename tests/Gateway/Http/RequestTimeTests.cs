using FlashSale.Contracts;

namespace FlashSale.Gateway.Tests.Http;

/// <summary>A request that is not decided in time is answered, and goes on.</summary>
public sealed class RequestTimeTests : IAsyncLifetime
{
    private GatewayHost _host = null!;

    public async Task InitializeAsync() => _host = await GatewayHost.Start(("Http:RequestTimeoutSeconds", "7"), ("Http:MaxRequests", "1"));

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task It_is_answered_unavailable_goes_on_and_keeps_its_place_until_it_has_ended()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Grains.Stock().OnBatch = async batch =>
        {
            asked.TrySetResult();
            await answer.Task;
            return new ReserveReply([.. batch.Select(_host.Grains.Stock().OnReserve)]);
        };
        var hold = _host.Hold();
        await asked.Task;
        while (!hold.IsCompleted)
        {
            _host.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Contains("goes on", (await hold).AssertProblem(503, "unavailable").Detail, StringComparison.Ordinal);
        (await _host.Hold("k2")).AssertProblem(503, "overloaded");
        Assert.Empty(_host.Grains.Cart().Claims);

        answer.SetResult();
        await _host.Grains.Cart().Claimed.Task;
        while ((await _host.Hold("k1")).Status != System.Net.HttpStatusCode.Created)
        {
        }

        Assert.Empty(_host.Bugs.Errors);
    }

    [Fact]
    public async Task The_audit_takes_as_long_as_it_takes()
    {
        var audit = new TaskCompletionSource<AuditReport>(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _host.Grains.Journal.OnAudit = () =>
        {
            began.SetResult();
            return audit.Task;
        };
        var asked = _host.AsOperator(HttpMethod.Get, "/v1/admin/audit");
        await began.Task;
        for (var minute = 0; minute < 9; minute++)
        {
            _host.Time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        audit.SetResult(new AuditReport([], []));
        (await asked).AssertStatus(200);
    }
}
