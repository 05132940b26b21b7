using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using FlashSale.Gateway.Http;
using Microsoft.AspNetCore.Http.Features;

namespace FlashSale.Gateway.Events;

/// <summary>
/// One stream, and the answer that it is. Nothing is queued for it: it is told that there is something, and then sends the board as it is by then. So a
/// slow client skips what is out of date, and costs a few hundred bytes and its connection, but no thread and no timer.
/// </summary>
/// <param name="hub">Whose place it takes until disposed.</param>
/// <param name="number">Counts all clients of the process; spreads what they do.</param>
/// <param name="startedAt">Timestamp of the start.</param>
internal sealed class EventClient(EventHub hub, long number, long startedAt) : Answer, IDisposable
{
    private const int RetryLeastMs = 1000;
    private const int RetryRangeMs = 4000;

    private static readonly byte[] Comment = ":\n\n"u8.ToArray();

    private readonly Lock _gate = new();
    private Signals _signals; // This and the next two under the gate.
    private TaskCompletionSource? _waiting;
    private bool _disposed;
    private BoardFeed? _feed;
    private HttpContext? _http;
    private long _writingSince; // 0 while nothing is being written.

    [Flags]
    private enum Signals
    {
        None = 0,
        Board = 1,
        Beat = 2,
        End = 4,
    }

    /// <summary>Spreads heartbeats and returns.</summary>
    public long Number => number;

    /// <summary>Timestamp of the start.</summary>
    public long StartedAt => startedAt;

    /// <summary>Timestamp since when the client has not taken what was sent to it; 0 if it has.</summary>
    public long WritingSince => Volatile.Read(ref _writingSince);

    /// <summary>Where the boards come from; before <see cref="Write"/>.</summary>
    public void Follow(BoardFeed feed) => _feed = feed;

    /// <summary>The board has changed.</summary>
    public void TellBoard() => Tell(Signals.Board);

    /// <summary>Time for a sign of life.</summary>
    public void TellBeat() => Tell(Signals.Beat);

    /// <summary>The stream is to end as soon as what is being written is written.</summary>
    public void TellEnd() => Tell(Signals.End);

    /// <summary>Ends the connection at once: the client takes nothing.</summary>
    public void Cut()
    {
        TellEnd();
        lock (_gate)
        {
            if (!_disposed) _http?.Abort(); // A context that is disposed of may serve another request by now.
        }
    }

    public override async Task Write(HttpResponse response)
    {
        _http = response.HttpContext;
        await using var left = _http.RequestAborted.UnsafeRegister(static client => ((EventClient)client!).TellEnd(), this);
        try
        {
            response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            response.ContentType = "text/event-stream";
            response.Headers.CacheControl = "no-store";
            response.Headers["X-Accel-Buffering"] = "no";
            await Stream(response.BodyWriter);
        }
        finally
        {
            Dispose();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
        }

        _feed?.Remove(this);
        hub.Leave(this);
    }

    private async Task Stream(PipeWriter body)
    {
        var feed = _feed!;
        var first = feed.Present();
        var sent = first.Id;
        var retry = string.Create(CultureInfo.InvariantCulture, $"retry: {Jitter.Over(RetryLeastMs, RetryRangeMs, number)}\n");
        if (!await Send(body, [.. Encoding.ASCII.GetBytes(retry), .. first.Bytes])) return;
        if (first.IsLast) return;
        while (true)
        {
            var signals = await Next();
            if ((signals & Signals.End) != Signals.None) return;
            var latest = feed.Latest;
            if (latest.Id != sent)
            {
                if (!await Send(body, latest.Bytes) || latest.IsLast) return;
                sent = latest.Id;
            }
            else if ((signals & Signals.Beat) != Signals.None && !await Send(body, Comment))
            {
                return;
            }
        }
    }

    private async ValueTask<bool> Send(PipeWriter body, byte[] bytes)
    {
        Volatile.Write(ref _writingSince, hub.Timestamp);
        var flushed = await body.WriteAsync(bytes);
        Volatile.Write(ref _writingSince, 0);
        return !flushed.IsCompleted && !flushed.IsCanceled;
    }

    private void Tell(Signals signal)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _signals |= signal;
            (waiting, _waiting) = (_waiting, null);
        }

        waiting?.SetResult();
    }

    private async ValueTask<Signals> Next()
    {
        while (true)
        {
            Task told;
            lock (_gate)
            {
                if (_signals != Signals.None)
                {
                    var signals = _signals;
                    _signals = Signals.None;
                    return signals;
                }

                _waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                told = _waiting.Task;
            }

            await told;
        }
    }
}
