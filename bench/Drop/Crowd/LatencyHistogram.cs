using System.Numerics;

namespace FlashSale.Drop.Crowd;

/// <summary>
/// Counts latencies in buckets whose width grows with their value: 32 per power of two, so a percentile is at most about 3 % too high, in
/// 8 KiB, from 1 µs to an hour. One writer; merged when all writers are done.
/// </summary>
internal sealed class LatencyHistogram
{
    const int SubBits = 5, Sub = 1 << SubBits, PowerMax = 32;

    readonly long[] _counts = new long[(PowerMax - SubBits + 1) * Sub];

    public long Count { get; private set; }

    public TimeSpan Max { get; private set; }

    public void Record(TimeSpan latency)
    {
        var us = (ulong)Math.Clamp((long)latency.TotalMicroseconds, 0, uint.MaxValue);
        _counts[IndexOf(us)]++;
        Count++;
        if (latency > Max)
            Max = latency;
    }

    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
            _counts[i] += other._counts[i];
        Count += other.Count;
        if (other.Max > Max)
            Max = other.Max;
    }

    /// <summary>The upper end of the bucket in which the given share of all latencies is reached.</summary>
    public TimeSpan Percentile(double percent)
    {
        var rank = Math.Max(1, (long)Math.Ceiling(Count * percent / 100));
        var seen = 0L;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
                return TimeSpan.FromMicroseconds(Math.Min(UpperEnd(i), Max.TotalMicroseconds));
        }

        return Max;
    }

    // Values under 2^SubBits have a bucket each; above, the power of two picks the row and the next SubBits bits the bucket in it.
    static int IndexOf(ulong us)
    {
        if (us < Sub)
            return (int)us;
        var shift = BitOperations.Log2(us) - SubBits;
        return ((shift + 1) << SubBits) + (int)(us >> shift) - Sub;
    }

    static double UpperEnd(int index)
    {
        var row = index >> SubBits;
        if (row == 0)
            return index;
        var shift = row - 1;
        return (((ulong)(index & (Sub - 1)) + Sub + 1) << shift) - 1;
    }
}
