using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Tests;

/// <summary>Whole drops against a server that keeps its promises, and against servers that break one each.</summary>
public sealed class DropRunTests
{
    [Fact]
    public async Task An_honest_server_has_no_differences_and_sells_out()
    {
        var result = await Drops.RunAsync(Lie.None, Drops.Closed);
        Assert.Empty(Drops.Kinds(result));
        Assert.Equal(60, result.Ledger.LiveUnits);
        Assert.Equal(0, result.Sku.Available);
        Assert.True(result.End.StillWaiting > 0);
        Assert.True(result.Tally.DoubleTaps > 0 && result.Tally.Desertions > 0 && result.Tally.Abandonments > 0);
        Assert.True(result.Tally.Returns > 0 && result.Tally.Repeats > 0 && result.Tally[AnswerKind.LimitReached] > 0);
        Assert.Contains("OK", Drops.Render(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_stock_than_shoppers_leaves_units_and_no_differences()
    {
        var result = await Drops.RunAsync(Lie.None, Drops.Closed with { Stock = 1000, Limit = 3 });
        Assert.Empty(Drops.Kinds(result));
        Assert.Equal(0, result.End.StillWaiting);
        Assert.True(result.Sku.Available > 0);
    }

    [Theory]
    [InlineData(Lie.Oversells, "oversell")]
    [InlineData(Lie.ForgetsToWriteAHold, "promise")]
    [InlineData(Lie.WritesAHoldForNobody, "nobody")]
    [InlineData(Lie.WritesAnotherShopper, "promise")]
    [InlineData(Lie.AnswersARepeatDifferently, "repeat")]
    [InlineData(Lie.RefusesARepeat, "repeat")]
    [InlineData(Lie.AnswersWithABug, "odd")]
    [InlineData(Lie.EndsAHoldUnasked, "promise")]
    [InlineData(Lie.KeepsAReleasedHold, "release")]
    [InlineData(Lie.IgnoresTheLimit, "limit")]
    [InlineData(Lie.LeavesUnitsStranded, "shelf")]
    [InlineData(Lie.AuditFails, "audit")]
    [InlineData(Lie.SaysNobodyMayReturn, "sold_out")]
    [InlineData(Lie.IsOverloaded, "overloaded")]
    [InlineData(Lie.LosesAnAnswer, "odd")]
    [InlineData(Lie.MiscountsTheShelf, "shelf")]
    public async Task A_lie_is_a_difference(Lie lie, string kind)
    {
        var result = await Drops.RunAsync(lie, Drops.Closed);
        Assert.Contains(kind, Drops.Kinds(result));
        Assert.EndsWith("DIFFERENCES", Drops.Render(result).TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Lie.IsOverloaded, "overloaded")]
    [InlineData(Lie.LosesAnAnswer, DropOptions.BrokenConnection)]
    public async Task What_breaks_no_promise_can_be_allowed(Lie lie, string code)
    {
        var result = await Drops.RunAsync(lie, Drops.Closed with { Allowed = [code] });
        Assert.Empty(Drops.Kinds(result));
    }

    [Theory]
    [InlineData(100, "")]
    [InlineData(0, "nobody")]
    public async Task An_unheard_hold_is_explained_by_a_lost_answer_only(int deserters, string kinds)
    {
        var result = await Drops.RunAsync(Lie.AcceptsAfterRefusing, Drops.Closed with { DesertPercent = deserters, AbandonPercent = 0 });
        Assert.Equal(kinds, string.Join(' ', Drops.Kinds(result)));
        Assert.Equal(deserters / 100, result.Explained);
    }

    [Fact]
    public async Task Tokens_are_written_one_a_line()
    {
        await using var server = await FakeServer.StartAsync(Lie.None);
        using var run = Drops.Create(Drops.Closed, [server]);
        var file = Path.GetTempFileName();
        try
        {
            var plan = await run.WriteTokensAsync(file, CancellationToken.None);
            var lines = await File.ReadAllLinesAsync(file);
            Assert.Equal(Drops.Closed.Shoppers, lines.Distinct(StringComparer.Ordinal).Count());
            Assert.Equal((server.Shop.Campaign, server.Shop.Sku, 60), (plan.Campaign, plan.Sku, server.Shop.Available));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task No_server_is_one_clear_sentence()
    {
        var server = await FakeServer.StartAsync(Lie.None);
        var url = server.Url;
        await server.DisposeAsync();
        using var run = new DropRun(Drops.Closed, [url], FakeServer.AdminKey, null, Drops.Quiet(), TimeProvider.System);
        var e = await Assert.ThrowsAsync<DropException>(() => run.RunAsync(CancellationToken.None));
        Assert.Contains("No server answers at " + url, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_key_is_one_clear_sentence()
    {
        await using var server = await FakeServer.StartAsync(Lie.None);
        using var run = new DropRun(Drops.Closed, [server.Url], "wrong", null, Drops.Quiet(), TimeProvider.System);
        var e = await Assert.ThrowsAsync<DropException>(() => run.RunAsync(CancellationToken.None));
        Assert.Contains("--admin-key", e.Message, StringComparison.Ordinal);
    }
}
