using FlashSale.Testing;

namespace FlashSale.Embedded.Tests;

public sealed class LogPaceTests
{
    [Fact]
    public void One_line_in_ten_seconds_says_how_many_were_not_said()
    {
        var time = new ManualTimeProvider();
        var pace = new LogPace(time);
        Assert.True(pace.MaySay(out var unsaid));
        Assert.Equal(0, unsaid);
        for (var i = 0; i < 5; i++) Assert.False(pace.MaySay(out _));
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(pace.MaySay(out unsaid));
        Assert.Equal(5, unsaid);
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(pace.MaySay(out unsaid));
        Assert.Equal(0, unsaid);
    }
}
