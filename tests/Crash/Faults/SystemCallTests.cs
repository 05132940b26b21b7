namespace FlashSale.Crash.Tests.Faults;

/// <summary>What is read out of strace's report, where calls of several threads overlap.</summary>
public sealed class SystemCallTests
{
    private static readonly string[] Report =
    [
        "11 pwrite64(5</data/wal>, \"shopper1\", 8, 0) = 8",
        "11 fdatasync(5</data/wal> <unfinished ...>",
        "12 sendto(7<socket:[1]>, \"HTTP/1.1 201 Created\", 20, 0, NULL, 0) = 20",
        "11 <... fdatasync resumed>)             = 0",
        "12 fdatasync(5</data/wal>)              = -1 EIO (Input/output error)",
    ];

    [Fact]
    public void A_call_has_ended_where_it_is_resumed()
    {
        var sync = Assert.Single(SystemCall.Parse(Report), call => call.IsSync);

        Assert.Equal(("fdatasync", 1, 3), (sync.Name, sync.Began, sync.Ended));
        Assert.True(sync.Says("/data/wal"));
    }

    [Fact]
    public void A_sync_that_failed_is_none() => Assert.False(SystemCall.Parse(Report)[^1].IsSync);

    [Fact]
    public void A_call_that_never_ended_ends_after_all_others() => Assert.Equal(int.MaxValue, SystemCall.Parse(Report[..2])[^1].Ended);
}
