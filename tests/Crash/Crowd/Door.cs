using System.Collections.Concurrent;

namespace FlashSale.Crash.Tests.Crowd;

/// <summary>The way into a shop whose process is killed and started again.</summary>
internal sealed class Door : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly ConcurrentBag<Api> _apis = [];
    private volatile TaskCompletionSource<Api> _open = New();

    /// <summary>Waits until somebody serves behind it.</summary>
    public Task<Api> Enter() => _open.Task.WaitAsync(Patience);

    public void Open(string url)
    {
        var api = new Api(url);
        _apis.Add(api);
        if (!_open.TrySetResult(api))
        {
            _open = New();
            _open.SetResult(api);
        }
    }

    /// <summary>Whoever comes from now on waits.</summary>
    public void Close()
    {
        if (_open.Task.IsCompleted) _open = New();
    }

    public void Dispose()
    {
        foreach (var api in _apis) api.Dispose();
    }

    private static TaskCompletionSource<Api> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
