using FlashSale.Grains.Journal;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

public abstract partial class JournalContract
{
    [Fact]
    public async Task A_ledger_twice_in_one_group_is_refused_before_anything_is_written()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Append([Entry("stock/sku-1", 0, 0), Entry("stock/sku-1", 1, 1)]));

        Assert.Equal(default, await Journal.Head("stock/sku-1"));
    }

    [Fact]
    public async Task A_ledger_twice_in_one_bump_is_refused()
    {
        await Journal.Append("stock/sku-1", 0, 0);

        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Bump(["stock/sku-1", "stock/sku-1"]));
        Assert.Equal(new LedgerHead(1, 1), await Journal.Head("stock/sku-1"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task Events_that_do_not_follow_the_seq_are_refused(long first)
    {
        await RefusesEvents(Event(first));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(1)]
    public async Task A_gap_or_a_repeat_between_events_is_refused(long second) => await RefusesEvents(Event(1), Event(second));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_type_below_1_is_refused(int type) => await RefusesEvents(Event(1, type: type));

    [Fact]
    public async Task A_time_with_a_fraction_of_a_millisecond_is_refused() =>
        await RefusesEvents(Event(1) with { At = DateTimeOffset.UnixEpoch.AddTicks(1) });

    [Fact]
    public async Task An_operation_of_another_length_is_refused() => await RefusesEvents(Event(1) with { Operation = "abc" });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 0)]
    [InlineData(1, -1)]
    public async Task A_head_that_cannot_be_is_refused(long epoch, long seq) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Append([Check("stock/sku-1", epoch, seq)]));

    [Theory]
    [InlineData("")]
    [InlineData("stock/sku 1")]
    [InlineData("stock/sku-é")]
    [InlineData("stock.sku")]
    [InlineData("123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-123456789-1")]
    public async Task A_name_outside_the_alphabet_or_too_long_is_refused(string ledger) =>
        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Append([Check(ledger, 0, 0)]));

    [Fact]
    public async Task A_name_of_80_characters_is_taken() => Assert.True(await Journal.Append(new string('z', 80), 0, 0));

    [Theory]
    [InlineData(-1)]
    [InlineData(10_001)]
    public async Task A_page_of_more_rows_than_a_store_holds_at_once_is_refused(int rows)
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Journal.ReadEvents("stock/sku-1", 0, rows));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Journal.Read("stock/sku-1", null, rows));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Journal.ListLedgers("", null, rows));
    }

    async Task RefusesEvents(params EventRow[] rows)
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Journal.Append([
            Entry("stock/sku-1", 0, 0),
            new JournalEntry("stock/sku-2", 0, 0, rows),
        ]));
        Assert.Equal(default, await Journal.Head("stock/sku-1"));
        Assert.Equal(default, await Journal.Head("stock/sku-2"));
    }
}
