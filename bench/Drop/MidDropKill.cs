using FlashSale.Drop.Crowd;
using FlashSale.Drop.Hosting;

namespace FlashSale.Drop;

/// <summary>What was killed in mid-drop.</summary>
/// <param name="At">Since the opening.</param>
/// <param name="Down">From the kill until it was up again.</param>
internal sealed record FaultOutcome(string Name, TimeSpan At, TimeSpan Down);

/// <summary>Does to the servers what --kill says, when half of the stock is sold; without a fault it does nothing.</summary>
internal sealed class MidDropKill : IDisposable
{
    readonly Fault? _fault;
    readonly Timeline _timeline;
    readonly Differences _differences;
    readonly TimeProvider _time;
    readonly CancellationToken _stop;
    readonly CancellationTokenSource _ending;
    readonly Task<FaultOutcome?> _striking;

    public MidDropKill(Fault? fault, DropPlan plan, Timeline timeline, Differences differences, TimeProvider time, CancellationToken stop)
    {
        (_fault, _timeline, _differences, _time, _stop) = (fault, timeline, differences, time, stop);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _striking = fault is null ? Task.FromResult<FaultOutcome?>(null) : StrikeAsync(fault, timeline.WhenHeldAsync(Math.Max(1, plan.Stock / 2)));
    }

    /// <summary>Runs the sale. A kill that fails ends it: what could not be started again serves nobody.</summary>
    public async Task<T> WhileAsync<T>(Func<CancellationToken, Task<T>> sale)
    {
        try
        {
            return await sale(_ending.Token);
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            await _striking;
            throw;
        }
    }

    /// <summary>When the sale is over.</summary>
    public async Task<FaultOutcome?> FinishAsync()
    {
        if (_fault is null || _timeline.LastMark is not null)
            return await _striking;
        _differences.Add("kill", $"{_fault.Name} was to be killed when half of the stock was sold, and that much was not sold.");
        return null;
    }

    public void Dispose()
    {
        _ending.Cancel();
        _ending.Dispose();
    }

    async Task<FaultOutcome?> StrikeAsync(Fault fault, Task halfSold)
    {
        try
        {
            await halfSold.WaitAsync(_ending.Token);
            var start = _time.GetElapsedTime(0);
            _timeline.AddMark($"{fault.Name} killed", start);
            await fault.StrikeAsync(_ending.Token);
            var end = _time.GetElapsedTime(0);
            _timeline.AddMark($"{fault.Name} up again", end);
            return new FaultOutcome(fault.Name, start - _timeline.Origin, end - start);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            await _ending.CancelAsync();
            throw;
        }
    }
}
