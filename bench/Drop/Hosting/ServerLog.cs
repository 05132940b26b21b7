namespace FlashSale.Drop.Hosting;

/// <summary>The child's output: all of it in a file, the last lines at hand for an error message.</summary>
internal sealed class ServerLog(string path) : IDisposable
{
    const int KeptLines = 100;

    readonly Lock _lock = new();
    readonly StreamWriter _file = new(path);
    readonly Queue<string> _last = new();
    bool _closed;

    public void Write(string? line)
    {
        lock (_lock)
        {
            if (line is null || _closed)
                return;
            _file.WriteLine(line);
            _file.Flush();
            _last.Enqueue(line);
            if (_last.Count > KeptLines)
                _last.Dequeue();
        }
    }

    public string Tail(int lines)
    {
        lock (_lock)
            return string.Join(Environment.NewLine, _last.TakeLast(lines));
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _file.Dispose();
        }
    }
}
