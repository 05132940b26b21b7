using FlashSale.Grains.Journal;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

public abstract partial class JournalContract
{
    [Fact]
    public async Task A_first_append_creates_the_head_with_epoch_1()
    {
        Assert.True(await Journal.Append("stock/sku-1", 0, 0, events: 3));

        Assert.Equal(new LedgerHead(1, 3), await Journal.Head("stock/sku-1"));
    }

    [Fact]
    public async Task Appended_events_are_read_back_as_they_were_in_the_order_of_seq()
    {
        var first = Entry("stock/sku-1", 0, 0, events: 2);
        var second = Entry("stock/sku-1", 1, 2, events: 3);

        await Journal.Append([first]);
        await Journal.Append([second]);

        Assert.Equal(first.Events.Concat(second.Events), await Journal.ReadEvents("stock/sku-1", 0, 100));
    }

    [Fact]
    public async Task Payloads_keep_every_character()
    {
        const string Payload = """{"name":"Diør 口红 🎁 \u0000 \"quoted\" 'single' %s $1 \\","rtl":"مرحبا","combining":"é"}""";

        await Journal.Append([new JournalEntry("stock/sku-1", 0, 0, [Event(1, Payload)])]);
        await Reopen();

        Assert.Equal(Payload, Assert.Single(await Journal.ReadEvents("stock/sku-1", 0, 1)).Payload);
    }

    [Fact]
    public async Task A_long_payload_is_kept_whole()
    {
        var payload = $$"""{"text":"{{new string('长', 300_000)}}"}""";

        await Journal.Append([new JournalEntry("stock/sku-1", 0, 0, [Event(1, payload)])]);

        Assert.Equal(payload, Assert.Single(await Journal.ReadEvents("stock/sku-1", 0, 1)).Payload);
    }

    [Fact]
    public async Task A_first_append_after_somebody_elses_first_append_is_fenced()
    {
        await Journal.Append("cart/shopper-1", 0, 0, events: 2);

        Assert.False(await Journal.Append("cart/shopper-1", 0, 0));
        await AssertSeqs("cart/shopper-1", 1, 2);
    }

    [Fact]
    public async Task A_write_with_an_old_epoch_changes_nothing()
    {
        await Journal.Append("stock/sku-1", 0, 0);
        await Journal.Bump("stock/sku-1");

        Assert.False(await Journal.Append("stock/sku-1", 1, 1));
        Assert.Equal(new LedgerHead(2, 1), await Journal.Head("stock/sku-1"));
        await AssertSeqs("stock/sku-1", 1);
    }

    [Fact]
    public async Task A_write_with_an_epoch_that_was_never_given_changes_nothing()
    {
        await Journal.Append("stock/sku-1", 0, 0);

        Assert.False(await Journal.Append("stock/sku-1", 2, 1));
        Assert.Equal(new LedgerHead(1, 1), await Journal.Head("stock/sku-1"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_write_with_another_seq_than_the_heads_changes_nothing(long seq)
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 2);

        Assert.False(await Journal.Append("stock/sku-1", 1, seq));
        await AssertSeqs("stock/sku-1", 1, 2);
    }

    [Fact]
    public async Task A_write_to_a_head_that_does_not_exist_changes_nothing()
    {
        Assert.False(await Journal.Append("stock/sku-1", 1, 4));

        Assert.Equal(default, await Journal.Head("stock/sku-1"));
        Assert.Empty(await Journal.Seqs("stock/sku-1"));
    }

    [Fact]
    public async Task A_repeated_write_is_fenced()
    {
        await Journal.Append("stock/sku-1", 0, 0);
        var entry = Entry("stock/sku-1", 1, 1);

        Assert.True(Assert.Single(await Journal.Append([entry])));
        Assert.False(Assert.Single(await Journal.Append([entry])));
        await AssertSeqs("stock/sku-1", 1, 2);
    }

    [Fact]
    public async Task Checks_tell_who_is_current_and_write_nothing()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 2);
        await Journal.Append("stock/sku-2", 0, 0, events: 2);
        await Journal.Bump("stock/sku-2");

        var answers = await Journal.Append([
            Check("stock/sku-1", 1, 2),
            Check("stock/sku-2", 1, 2),
            Check("stock/sku-3", 0, 0),
            Check("stock/sku-4", 1, 2),
        ]);

        Assert.Equal([true, false, true, false], answers);
        Assert.Equal(["stock/sku-1", "stock/sku-2"], await Journal.ListLedgers("", null, 10));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(0, 0)]
    public async Task A_check_of_anything_but_the_head_fails(long epoch, long seq)
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 2);

        Assert.False(await Journal.Matches("stock/sku-1", epoch, seq));
    }

    [Fact]
    public async Task Fenced_ledgers_of_a_group_do_not_disturb_their_neighbours()
    {
        await Journal.Append("stock/sku-1", 0, 0);
        await Journal.Append("stock/sku-2", 0, 0);
        await Journal.Bump("stock/sku-1");

        var answers = await Journal.Append([
            Entry("stock/sku-1", 1, 1),
            Entry("stock/sku-2", 1, 1, events: 2),
            Entry("cart/shopper-1", 0, 0),
            Check("stock/sku-3", 0, 0),
            Check("stock/sku-4", 7, 7),
        ]);

        Assert.Equal([false, true, true, true, false], answers);
        await AssertSeqs("stock/sku-1", 1);
        await AssertSeqs("stock/sku-2", 1, 2, 3);
        await AssertSeqs("cart/shopper-1", 1);
    }

    [Fact]
    public async Task An_event_that_the_store_refuses_takes_the_whole_group_with_it()
    {
        await Journal.Append("stock/sku-1", 0, 0);
        await Journal.Append("stock/sku-2", 0, 0);
        await PlantEvent("stock/sku-2", 3);

        await Assert.ThrowsAsync<JournalRolledBackException>(() => Journal.Append([
            Entry("cart/shopper-1", 0, 0),
            Entry("stock/sku-1", 1, 1),
            Entry("stock/sku-2", 1, 1, events: 2),
        ]));

        Assert.Equal(default, await Journal.Head("cart/shopper-1"));
        Assert.Equal(new LedgerHead(1, 1), await Journal.Head("stock/sku-1"));
        await AssertSeqs("stock/sku-1", 1);
        await AssertSeqs("stock/sku-2", 1, 3);
    }

    [Fact]
    public async Task After_a_refused_group_the_next_one_is_written()
    {
        await PlantEvent("stock/sku-1", 1);
        await Assert.ThrowsAsync<JournalRolledBackException>(() => Journal.Append("stock/sku-1", 0, 0));

        Assert.True(await Journal.Append("stock/sku-2", 0, 0));
        await AssertSeqs("stock/sku-2", 1);
    }

    [Fact]
    public async Task A_group_may_hold_2_000_ledgers()
    {
        var ledgers = Enumerable.Range(0, 2000).Select(i => $"cart/shopper-{i * 7919 % 2000:d4}").ToArray();

        var created = await Journal.Append([.. ledgers.Select(ledger => Entry(ledger, 0, 0))]);
        var extended = await Journal.Append([.. ledgers.Select(ledger => Entry(ledger, 1, 1, events: 2))]);
        var contents = await Journal.Read([.. ledgers.Select(ledger => new LedgerRead(ledger, null, 10))]);

        Assert.All(created, Assert.True);
        Assert.All(extended, Assert.True);
        Assert.All(contents, ledger => Assert.Equal([1, 2, 3], ledger.Events.Select(row => row.Seq)));
        Assert.All(contents, ledger => Assert.Equal(new LedgerHead(1, 3), ledger.Head));
    }

    [Fact]
    public async Task An_empty_group_is_answered_with_nothing() => Assert.Empty(await Journal.Append([]));

    [Fact]
    public async Task Of_many_who_append_to_the_same_head_at_once_one_wins()
    {
        await using var second = await OpenSecond();
        await Journal.Append("stock/sku-1", 0, 0);

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? Journal : second).Append("stock/sku-1", 1, 1)));

        Assert.Single(answers, won => won);
        await AssertSeqs("stock/sku-1", 1, 2);
    }

    [Fact]
    public async Task Of_many_first_appends_at_once_one_wins()
    {
        await using var second = await OpenSecond();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? Journal : second).Append("cart/shopper-1", 0, 0)));

        Assert.Single(answers, won => won);
        Assert.Equal(new LedgerHead(1, 1), await Journal.Head("cart/shopper-1"));
    }

    [Fact]
    public async Task A_restart_keeps_heads_and_events()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 5);
        await Journal.Bump("stock/sku-1");
        await Journal.Append("stock/sku-1", 2, 5, events: 2);

        await Reopen();

        Assert.Equal(new LedgerHead(2, 7), await Journal.Head("stock/sku-1"));
        await AssertSeqs("stock/sku-1", 1, 2, 3, 4, 5, 6, 7);
        Assert.True(await Journal.Append("stock/sku-1", 2, 7));
    }
}
