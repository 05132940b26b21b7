namespace FlashSale.Silo.Tests.Errors;

/// <summary>Of two errors that apply at once the one that stands first in the table is answered, and a repeat is answered before all of them.</summary>
public sealed class PrecedenceTests(SharedShop shared) : IClassFixture<SharedShop>
{
    public static TheoryData<string> Stories => [.. Pairs.All.Select(pair => pair.ToString())];

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task First_of_the_table_wins(string story)
    {
        var pair = Pairs.All.Single(p => p.ToString() == story);
        await using var own = pair.Settings.Length > 0 ? await Shop.Start(pair.Settings) : null;
        var shop = own ?? shared.Shop;
        var answer = await pair.Act(new Scene(shop, $"pair{Pairs.All.ToList().IndexOf(pair)}"));
        if (pair.Winner == "repeat") Assert.InRange((int)answer.Status, 200, 299);
        else ErrorAssert.IsProblem(pair.Winner.Split(' ')[0], pair.Winner.Split(' ')[1], answer);
        Assert.Empty(shop.Bugs.Errors);
    }

    [Fact]
    public void Pairs_follow_the_order_of_the_table()
    {
        var order = ErrorRow.All.Select(r => $"{r.Stage} {r.Code}").Prepend("repeat").ToList();
        Assert.All(Pairs.All, pair => Assert.True(order.IndexOf(pair.Winner) < order.IndexOf(pair.Loser.Split(" (")[0]), pair.ToString()));
        Assert.DoesNotContain(-1, Pairs.All.Select(p => order.IndexOf(p.Winner)));
    }
}
