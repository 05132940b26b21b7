using FlashSale.Grains.Journal;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Journal;

public abstract partial class JournalContract
{
    [Fact]
    public async Task A_snapshot_is_read_with_the_events_after_it()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 10);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(7, 3, "fold"u8.ToArray()));

        var contents = await Journal.Read("stock/sku-1");

        AssertSnapshot(7, 3, "fold"u8.ToArray(), contents);
        Assert.Equal([8, 9, 10], contents.Events.Select(row => row.Seq));
    }

    [Fact]
    public async Task A_read_from_a_given_seq_brings_no_snapshot()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 3);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(2, 1, new byte[10]));

        var contents = await Journal.Read("stock/sku-1", after: 0);

        Assert.Null(contents.Snapshot);
        Assert.Equal([1, 2, 3], contents.Events.Select(row => row.Seq));
    }

    [Fact]
    public async Task The_newest_snapshot_wins_and_no_event_goes()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 10);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(4, 1, "four"u8.ToArray()));
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(8, 2, "eight"u8.ToArray()));

        AssertSnapshot(8, 2, "eight"u8.ToArray(), await Journal.Read("stock/sku-1"));
        Assert.Equal(10, (await Journal.Seqs("stock/sku-1")).Length);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    public async Task A_snapshot_that_is_not_newer_is_ignored(long seq)
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 10);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(8, 1, "eight"u8.ToArray()));
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(seq, 1, "late"u8.ToArray()));

        AssertSnapshot(8, 1, "eight"u8.ToArray(), await Journal.Read("stock/sku-1"));
    }

    [Fact]
    public async Task A_snapshot_beyond_the_head_is_ignored_even_once_the_head_has_passed_it()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 2);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(2, 1, "two"u8.ToArray()));
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(3, 1, "never was"u8.ToArray()));
        await Journal.Append("stock/sku-1", 1, 2, events: 5);

        AssertSnapshot(2, 1, "two"u8.ToArray(), await Journal.Read("stock/sku-1"));
    }

    [Fact]
    public async Task A_snapshot_beyond_the_head_in_the_store_is_not_read_and_gives_way_to_a_true_one()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 2);
        await PlantSnapshotChunk("stock/sku-1", 9, 0, 1, [9]);
        Assert.Null((await Journal.Read("stock/sku-1")).Snapshot);

        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(2, 1, "two"u8.ToArray()));
        await Journal.Append("stock/sku-1", 1, 2, events: 10);

        AssertSnapshot(2, 1, "two"u8.ToArray(), await Journal.Read("stock/sku-1"));
    }

    [Fact]
    public async Task A_snapshot_of_5_MiB_comes_back_whole_after_a_restart()
    {
        var data = new byte[5 * 1024 * 1024 + 17];
        for (var i = 0; i < data.Length; i++) data[i] = (byte)(i * 31 + i / 65_536);
        await Journal.Append("stock/sku-1", 0, 0, events: 3);

        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(3, 1, data));
        await Reopen();

        AssertSnapshot(3, 1, data, await Journal.Read("stock/sku-1"));
    }

    [Fact]
    public async Task An_empty_snapshot_is_a_snapshot()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 3);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(3, 1, ReadOnlyMemory<byte>.Empty));

        AssertSnapshot(3, 1, [], await Journal.Read("stock/sku-1"));
    }

    [Fact]
    public async Task A_snapshot_that_lacks_chunks_is_not_read()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 10);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(4, 1, "four"u8.ToArray()));
        await PlantSnapshotChunk("stock/sku-1", 8, 0, 3, [1]);
        await PlantSnapshotChunk("stock/sku-1", 8, 2, 3, [3]);

        AssertSnapshot(4, 1, "four"u8.ToArray(), await Journal.Read("stock/sku-1"));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    public async Task What_a_crash_left_of_a_snapshot_gives_way_to_a_whole_one(long seq)
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 10);
        await PlantSnapshotChunk("stock/sku-1", 8, 0, 3, [1]);
        await PlantSnapshotChunk("stock/sku-1", 8, 2, 3, [3]);

        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(seq, 1, "whole"u8.ToArray()));

        AssertSnapshot(seq, 1, "whole"u8.ToArray(), await Journal.Read("stock/sku-1"));
    }

    [Fact]
    public async Task Snapshots_written_at_once_leave_the_newest()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 20);

        await Task.WhenAll(Enumerable.Range(1, 20).Select(seq => Journal.WriteSnapshot("stock/sku-1", new Snapshot(seq, 1, new byte[seq]))));

        AssertSnapshot(20, 1, new byte[20], await Journal.Read("stock/sku-1"));
    }

    [Fact]
    public async Task A_snapshot_of_one_ledger_does_not_touch_anothers()
    {
        await Journal.Append("stock/sku-1", 0, 0, events: 3);
        await Journal.Append("stock/sku-2", 0, 0, events: 3);
        await Journal.WriteSnapshot("stock/sku-1", new Snapshot(2, 1, "one"u8.ToArray()));
        await Journal.WriteSnapshot("stock/sku-2", new Snapshot(3, 1, "two"u8.ToArray()));

        AssertSnapshot(2, 1, "one"u8.ToArray(), await Journal.Read("stock/sku-1"));
        AssertSnapshot(3, 1, "two"u8.ToArray(), await Journal.Read("stock/sku-2"));
    }

    [Fact]
    public async Task Groups_go_on_while_a_big_snapshot_is_written()
    {
        await Journal.Append("stock/sku-1", 0, 0);

        var written = Journal.WriteSnapshot("stock/sku-1", new Snapshot(1, 1, new byte[8 * 1024 * 1024]));
        for (var seq = 1; seq <= 20; seq++) Assert.True(await Journal.Append("stock/sku-1", 1, seq));
        await written;

        Assert.Equal(8 * 1024 * 1024, (await Journal.Read("stock/sku-1")).Snapshot?.Data.Length);
    }

    static void AssertSnapshot(long seq, int format, byte[] data, LedgerContents contents)
    {
        Assert.NotNull(contents.Snapshot);
        Assert.Equal((seq, format), (contents.Snapshot.Seq, contents.Snapshot.Format));
        Assert.True(contents.Snapshot.Data.Span.SequenceEqual(data), "The data differ.");
    }
}
