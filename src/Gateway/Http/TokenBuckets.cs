using System.Runtime.InteropServices;

namespace FlashSale.Gateway.Http;

/// <summary>
/// A token bucket per key. Kept as one number, the time at which the bucket will be full again; a full bucket needs no entry.
/// </summary>
/// <remarks>
/// Memory is bounded: a part of the map that grows too large first drops its full buckets and, if that frees less than half, forgets all.
/// So a flood of keys may be let through once more each, and nobody is refused for what somebody else did.
/// </remarks>
internal class TokenBuckets<TKey>(TimeProvider time, double permitsPerSecond, int burst)
    where TKey : struct
{
    public const int Parts = 64;
    public const int MostPerPart = 4096;

    private readonly long _permit = Math.Max(1, (long)(time.TimestampFrequency / permitsPerSecond));
    private readonly Dictionary<TKey, long>[] _parts = [.. Enumerable.Range(0, Parts).Select(_ => new Dictionary<TKey, long>())];

    /// <summary>Buckets in memory.</summary>
    public int Count => _parts.Sum(part =>
    {
        lock (part) return part.Count;
    });

    /// <summary>Takes a permit.</summary>
    /// <returns>Null, or how long until there is one.</returns>
    public TimeSpan? Take(TKey key)
    {
        var part = _parts[(uint)key.GetHashCode() % Parts];
        var now = time.GetTimestamp();
        lock (part)
        {
            if (part.Count >= MostPerPart) Shrink(part, now);
            ref var full = ref CollectionsMarshal.GetValueRefOrAddDefault(part, key, out _);
            var next = Math.Max(full, now) + _permit;
            var tooSoon = next - now - (_permit * burst);
            if (tooSoon > 0) return TimeSpan.FromSeconds((double)tooSoon / time.TimestampFrequency);
            full = next;
            return null;
        }
    }

    private static void Shrink(Dictionary<TKey, long> part, long now)
    {
        foreach (var (key, full) in part)
        {
            if (full <= now) part.Remove(key);
        }

        if (part.Count > MostPerPart / 2) part.Clear();
    }
}
