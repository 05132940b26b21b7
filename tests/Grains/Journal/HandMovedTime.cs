namespace FlashSale.Grains.Tests.Journal;

/// <summary>Both clocks of a machine, each moved by hand.</summary>
internal sealed class HandMovedTime : TimeProvider
{
    public DateTimeOffset Wall { get; set; } = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);
    public long Ticks { get; set; }
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;
    public override DateTimeOffset GetUtcNow() => Wall;
    public override long GetTimestamp() => Ticks;
}
