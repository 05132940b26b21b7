namespace FlashSale.Grains.Journal;

/// <summary>
/// The clock of a store that has no clock of its own: the wall clock, read once at start, plus monotonic time since. Wall-clock jumps while
/// the process runs change nothing.
/// </summary>
internal sealed class StoreClock(TimeProvider time)
{
    readonly long _startedAtMilliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
    readonly long _startedTimestamp = time.GetTimestamp();

    /// <summary>Whole milliseconds since 1970; never less than before.</summary>
    public long UnixMilliseconds => _startedAtMilliseconds + (long)time.GetElapsedTime(_startedTimestamp).TotalMilliseconds;

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(UnixMilliseconds);
}
