namespace FlashSale.Drop.Tests;

/// <summary>Those who are connected beside the crowd.</summary>
public sealed class BystanderTests
{
    private static readonly DropOptions Watched = Drops.Open with { Listeners = 12, Slow = 6 };

    [Fact]
    public async Task Everybody_who_listens_hears_that_the_last_unit_is_gone()
    {
        var result = await Drops.RunAsync(Lie.None, Watched);
        Assert.Empty(Drops.Kinds(result));
        Assert.Equal((12, 6), (result.Bystanders!.Listeners, result.Bystanders.Slow));
        Assert.True(result.Bystanders.Boards >= 24);
        Assert.Contains("12 event streams", Drops.Render(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_that_ends_is_a_difference()
    {
        var result = await Drops.RunAsync(Lie.EndsItsStreams, Watched);
        Assert.Equal(["listener"], Drops.Kinds(result));
        Assert.Equal(12, result.Differences.List().Single().Count);
    }

    [Fact]
    public void Streams_do_not_outlive_their_server() =>
        Assert.Contains((Watched with { Kill = DropOptions.KillServer }).Problems(), problem => problem.Contains("--listeners", StringComparison.Ordinal));
}
