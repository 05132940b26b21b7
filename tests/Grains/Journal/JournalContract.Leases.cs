using FlashSale.Grains.Journal;

namespace FlashSale.Grains.Tests.Journal;

public abstract partial class JournalContract
{
    static readonly TimeSpan Long = TimeSpan.FromHours(1);

    [Fact]
    public async Task A_free_lease_is_taken_and_then_refused_to_others()
    {
        Assert.True(await Journal.TryLease("keeper", "a", Long));
        Assert.False(await Journal.TryLease("keeper", "b", Long));
    }

    [Fact]
    public async Task Its_owner_renews_a_lease()
    {
        Assert.True(await Journal.TryLease("keeper", "a", TimeSpan.Zero));
        Assert.True(await Journal.TryLease("keeper", "a", Long));
        Assert.False(await Journal.TryLease("keeper", "b", Long));
    }

    [Fact]
    public async Task An_expired_lease_goes_to_whoever_asks()
    {
        // It expires the moment it is taken, by the store's clock, so that no test has to wait.
        Assert.True(await Journal.TryLease("keeper", "a", TimeSpan.Zero));
        Assert.True(await Journal.TryLease("keeper", "b", Long));
        Assert.False(await Journal.TryLease("keeper", "a", Long));
    }

    [Fact]
    public async Task An_owner_gives_a_lease_back_by_renewing_it_for_no_time()
    {
        await Journal.TryLease("keeper", "a", Long);
        Assert.True(await Journal.TryLease("keeper", "a", TimeSpan.Zero));

        Assert.True(await Journal.TryLease("keeper", "b", Long));
    }

    [Fact]
    public async Task Leases_of_different_names_do_not_meet()
    {
        Assert.True(await Journal.TryLease("keeper", "a", Long));
        Assert.True(await Journal.TryLease("other", "b", Long));
    }

    [Fact]
    public async Task Of_many_who_ask_at_once_one_gets_the_lease()
    {
        await using var second = await OpenSecond();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? Journal : second)
            .TryLease("keeper", $"owner-{i}", Long)));

        Assert.Single(answers, taken => taken);
    }

    [Fact]
    public async Task The_clock_never_goes_back()
    {
        await using var second = await OpenSecond();
        var last = DateTimeOffset.MinValue;
        for (var i = 0; i < 200; i++)
        {
            var now = await (i % 2 == 0 ? Journal : second).ReadClock();
            Assert.True(now >= last, $"{now:O} came after {last:O}.");
            last = now;
        }
    }

    [Fact]
    public async Task The_clock_is_within_a_day_of_this_machines() =>
        Assert.InRange((await Journal.ReadClock() - TimeProvider.System.GetUtcNow()).Duration(), TimeSpan.Zero, TimeSpan.FromDays(1));

    [Fact]
    public async Task The_description_names_the_product_and_is_one_line()
    {
        await Journal.Append([]);
        Assert.Matches("^(Sqlite|Postgres) [0-9][^\n]+$", Journal.Description);
    }

    [Fact]
    public async Task After_its_end_a_journal_says_that_it_is_disposed()
    {
        await Journal.DisposeAsync();
        await Journal.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => Journal.Append("stock/sku-1", 0, 0));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Journal.Bump("stock/sku-1"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Journal.ReadClock());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Journal.Read("stock/sku-1"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Journal.WriteSnapshot("stock/sku-1", new Snapshot(1, 1, new byte[1])));
    }

    [Fact]
    public async Task Disposing_finishes_what_was_asked_before()
    {
        var appends = Enumerable.Range(0, 50).Select(i => Journal.Append($"cart/shopper-{i:d2}", 0, 0)).ToArray();
        await Reopen();

        Assert.All(await Task.WhenAll(appends), Assert.True);
        Assert.Equal(50, (await Journal.ListLedgers("cart/", null, 100)).Count);
    }
}
