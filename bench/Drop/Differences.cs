namespace FlashSale.Drop;

/// <summary>
/// Everything that is not as promised, by kind. All are counted, the first few of each kind are kept: a broken server has the same thing to
/// say a hundred thousand times. Safe from all workers.
/// </summary>
internal sealed class Differences
{
    public const int KeptPerKind = 10;

    readonly Lock _lock = new();
    readonly Dictionary<string, (long Count, List<string> Kept)> _kinds = new(StringComparer.Ordinal);

    public long Count
    {
        get
        {
            lock (_lock)
                return _kinds.Values.Sum(kind => kind.Count);
        }
    }

    public void Add(string kind, string text)
    {
        lock (_lock)
        {
            var (count, kept) = _kinds.GetValueOrDefault(kind, (0, []));
            if (kept.Count < KeptPerKind)
                kept.Add(text);
            _kinds[kind] = (count + 1, kept);
        }
    }

    public IReadOnlyList<(string Kind, long Count, IReadOnlyList<string> Kept)> List()
    {
        lock (_lock)
            return [.. _kinds.OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => (kind.Key, kind.Value.Count, (IReadOnlyList<string>)[.. kind.Value.Kept]))];
    }
}
