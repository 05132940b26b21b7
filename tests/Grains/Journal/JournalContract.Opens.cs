using FlashSale.Grains.Journal;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

public abstract partial class JournalContract
{
    [Fact]
    public async Task A_bump_raises_the_epoch_and_answers_with_the_new_head()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 4);

        Assert.Equal(new LedgerHead(2, 4), await Journal.Bump("stock/sku-1"));
        Assert.Equal(new LedgerHead(3, 4), await Journal.Bump("stock/sku-1"));
    }

    [Fact]
    public async Task A_bump_of_an_unseen_ledger_makes_it_and_fences_whoever_would_make_it()
    {
        Assert.Equal(new LedgerHead(1, 0), await Journal.Bump("stock/sku-1"));
        Assert.Equal(new LedgerHead(1, 0), await Journal.Head("stock/sku-1"));

        Assert.False(await Journal.Append("stock/sku-1", 0, 0));
        Assert.True(await Journal.Append("stock/sku-1", 1, 0));
    }

    [Fact]
    public async Task A_bump_and_the_append_that_makes_a_ledger_settle_which_came_first()
    {
        await using var second = await OpenSecond();
        for (var i = 0; i < 100; i++)
        {
            var (append, bump) = (Journal.Append($"stock/sku-{i}", 0, 0), second.Bump($"stock/sku-{i}"));
            Assert.Equal(await append ? new LedgerHead(2, 1) : new LedgerHead(1, 0), await bump);
        }
    }

    [Fact]
    public async Task Bumps_are_answered_in_the_order_asked()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 1);
        await Journal.Append("stock/sku-2", 0, 0, events: 2);

        Assert.Equal(
            [new LedgerHead(2, 2), new LedgerHead(1, 0), new LedgerHead(2, 1)],
            await Journal.Bump(["stock/sku-2", "stock/sku-3", "stock/sku-1"]));
    }

    [Fact]
    public async Task A_read_after_a_bump_sees_the_bump()
    {
        await using var second = await OpenSecond();
        await Journal.Append("stock/sku-1", 0, 0);

        for (var epoch = 2; epoch < 50; epoch++)
        {
            Assert.Equal(new LedgerHead(epoch, 1), await second.Bump("stock/sku-1"));
            Assert.Equal(new LedgerHead(epoch, 1), await Journal.Head("stock/sku-1"));
        }
    }

    [Fact]
    public async Task Openers_at_once_get_distinct_epochs_and_the_last_one_writes()
    {
        await using var second = await OpenSecond();
        await Journal.Append("stock/sku-1", 0, 0);

        var heads = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? Journal : second).Bump("stock/sku-1")));
        var answers = await Task.WhenAll(heads.Select(async head => (head.Epoch, Won: await Journal.Append("stock/sku-1", head.Epoch, 1))));

        Assert.Equal(Enumerable.Range(2, 20).Select(i => (long)i), heads.Select(head => head.Epoch).Order());
        Assert.All(answers, answer => Assert.Equal(answer.Epoch == 21, answer.Won));
        await AssertSeqs("stock/sku-1", 1, 2);
    }

    [Fact]
    public async Task An_opener_finds_every_event_that_was_acknowledged_to_the_one_before()
    {
        await using var second = await OpenSecond();
        await Journal.Append("stock/sku-1", 0, 0);
        var appends = new List<Task<bool>>();
        for (var seq = 1; seq < 100; seq++) appends.Add(Journal.Append("stock/sku-1", 1, seq));

        var head = await second.Bump("stock/sku-1");
        var seen = await second.Seqs("stock/sku-1");
        var won = await Task.WhenAll(appends);

        Assert.Equal(head.Seq, seen.Length);
        Assert.Equal(head.Seq, 1 + won.Count(answer => answer));
    }

    [Fact]
    public async Task An_unseen_ledger_reads_as_empty()
    {
        var contents = await Journal.Read("stock/sku-1");

        Assert.Equal(default, contents.Head);
        Assert.Null(contents.Snapshot);
        Assert.Empty(contents.Events);
    }

    [Fact]
    public async Task Reads_are_answered_in_the_order_asked_each_with_its_own_page()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 5);
        await Journal.Append("stock/sku-2", 0, 0, events: 5);

        var contents = await Journal.Read([
            new LedgerRead("stock/sku-2", 3, 100),
            new LedgerRead("stock/sku-3", null, 100),
            new LedgerRead("stock/sku-1", null, 2),
            new LedgerRead("stock/sku-1", 5, 2),
        ]);

        Assert.Equal([4, 5], contents[0].Events.Select(row => row.Seq));
        Assert.Empty(contents[1].Events);
        Assert.Equal([1, 2], contents[2].Events.Select(row => row.Seq));
        Assert.Empty(contents[3].Events);
        Assert.Equal(new LedgerHead(1, 5), contents[3].Head);
    }

    [Fact]
    public async Task Pages_of_events_begin_after_the_given_seq_and_hold_at_most_the_limit()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 10);

        AssertSeqs(await Journal.ReadEvents("stock/sku-1", 3, 3), 4, 5, 6);
        AssertSeqs(await Journal.ReadEvents("stock/sku-1", 9, 3), 10);
        Assert.Empty(await Journal.ReadEvents("stock/sku-1", 10, 3));
        Assert.Empty(await Journal.ReadEvents("stock/sku-1", 0, 0));
    }

    [Fact]
    public async Task Ledgers_whose_names_share_a_beginning_do_not_mix()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 2);
        await Journal.Append("stock/sku-10", 0, 0, events: 3);

        await AssertSeqs("stock/sku-1", 1, 2);
        await AssertSeqs("stock/sku-10", 1, 2, 3);
    }

    [Fact]
    public async Task A_hundred_thousand_events_replay_in_order_without_a_gap()
    {
        const int Events = 100_000, Group = 5_000, Page = 4_096;
        for (var seq = 0; seq < Events; seq += Group) Assert.True(await Journal.Append("stock/sku-1", Math.Min(seq, 1), seq, Group));

        var contents = await Journal.Read("stock/sku-1", eventsMost: Page);
        var replayed = contents.Events.ToList();
        while (replayed.Count < contents.Head.Seq) replayed.AddRange(await Journal.ReadEvents("stock/sku-1", replayed[^1].Seq, Page));

        Assert.Equal(Enumerable.Range(1, Events).Select(seq => Event(seq)), replayed);
        Assert.Empty(await Journal.ReadEvents("stock/sku-1", Events, Page));
    }

    [Fact]
    public async Task Lists_hold_the_ledgers_of_a_prefix_in_ordinal_order()
    {
        string[] names =
        [
            "campaign/b", "campaign/A", "campaign/_", "campaign/-", "campaign/a", "campaign/Z", "campaign/0", "campaign/aa", "campaign/",
            "cart/x", "campaigns/x",
        ];
        await Journal.Append([.. names.Select(name => Entry(name, 0, 0))]);

        var listed = await Journal.ListLedgers("campaign/", null, 100);

        Assert.Equal(
            ["campaign/", "campaign/-", "campaign/0", "campaign/A", "campaign/Z", "campaign/_", "campaign/a", "campaign/aa", "campaign/b"],
            listed);
        Assert.Equal(names.Order(StringComparer.Ordinal), await Journal.ListLedgers("", null, 100));
        Assert.Empty(await Journal.ListLedgers("order/", null, 100));
    }

    [Fact]
    public async Task Pages_of_a_list_follow_one_another()
    {
        var names = Enumerable.Range(0, 250).Select(i => $"stock/sku-{i:d3}").ToArray();
        await Journal.Append([.. names.Select(name => Entry(name, 0, 0)), Entry("stocks", 0, 0), Entry("cart/x", 0, 0)]);

        var listed = new List<string>();
        for (string? after = null; ; after = listed[^1])
        {
            var page = await Journal.ListLedgers("stock/", after, 100);
            listed.AddRange(page);
            if (page.Count < 100) break;
        }

        Assert.Equal(names, listed);
    }

    [Theory]
    [InlineData("a", 2)]
    [InlineData("stock/sku-1", 1)]
    [InlineData("stock/sku-1a", 1)]
    [InlineData("stock/sku-2", 0)]
    [InlineData("z", 0)]
    public async Task A_list_goes_on_after_any_name_even_one_that_is_not_there(string after, int left)
    {
        await Journal.Append([Entry("stock/sku-1", 0, 0), Entry("stock/sku-2", 0, 0), Entry("cart/x", 0, 0)]);

        Assert.Equal(left, (await Journal.ListLedgers("stock/", after, 100)).Count);
    }
}
