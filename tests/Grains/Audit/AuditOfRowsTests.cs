using FlashSale.Contracts;
using FlashSale.Grains.Tests.Journal;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Rows that no part of the product writes: heads, gaps, types, payloads (P2, P8).</summary>
public sealed class AuditOfRowsTests
{
    private const string Mei = "'cart/shopper-mei'";

    [Theory]
    [InlineData("P8", "has no events of type 99", $"UPDATE ledger_event SET type = 99 WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "has no events of type 8", $"UPDATE ledger_event SET type = 8 WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "cannot be read", $"UPDATE ledger_event SET payload = '{{\"hold\":' WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "cannot be read", $"UPDATE ledger_event SET payload = '' WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "cannot be read", $"UPDATE ledger_event SET payload = '[]' WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "cannot be read", $"UPDATE ledger_event SET payload = json_set(payload, '$.quantity', 1.5) WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "-1 is not in 0 to", $"UPDATE ledger_event SET payload = json_set(payload, '$.quantity', -1) WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "unknown state", $"UPDATE ledger_event SET payload = json_set(payload, '$.state', 'lost') WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "unknown member", $"UPDATE ledger_event SET payload = json_set(payload, '$.extra', 1) WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "has the members", $"UPDATE ledger_event SET payload = json_remove(payload, '$.quantity') WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "cannot be read", $"UPDATE ledger_event SET payload = payload || '{{}}' WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "is not a hold id", $"UPDATE ledger_event SET payload = json_set(payload, '$.hold', 'short') WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "hexadecimal", $"UPDATE ledger_event SET operation = 'no operation at all, but 32 long' WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P8", "is no time", $"UPDATE ledger_event SET at = 0 WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P2 P8", "event 2 is missing", $"DELETE FROM ledger_event WHERE ledger = {Mei} AND seq = 2")]
    [InlineData("P2", "the head says 3 events, the last one is 2", $"DELETE FROM ledger_event WHERE ledger = {Mei} AND seq = 3")]
    [InlineData("P2", "the head says 4 events, the last one is 3", $"UPDATE ledger_head SET seq = 4 WHERE ledger = {Mei}")]
    [InlineData("P2", "the head says 2 events, the last one is 3", $"UPDATE ledger_head SET seq = 2 WHERE ledger = {Mei}")]
    [InlineData("P2", "3 events without a head", $"DELETE FROM ledger_head WHERE ledger = {Mei}")]
    [InlineData("P2", "the head says 7 events, the last one is 0", "INSERT INTO ledger_head(ledger, epoch, seq) VALUES ('cart/shopper-nobody', 1, 7)")]
    [InlineData("P2", "beyond the head, 3", $"INSERT INTO ledger_snapshot VALUES ({Mei}, 4, 0, 1, 1, x'00')")]
    [InlineData("P2", "which is missing", "INSERT INTO ledger_snapshot VALUES ('cart/shopper-nobody', 1, 0, 1, 1, x'00')")]
    public async Task A_spoiled_row_breaks(string promises, string detail, string sql)
    {
        using var journal = Journal();
        (await journal.Audit(directory => directory.Execute(sql))).Breaks(promises, detail, "cart/shopper-");
    }

    [Theory]
    [InlineData("INSERT INTO ledger_head(ledger, epoch, seq) VALUES ('cart/shopper-nobody', 1, 0)")]
    [InlineData($"INSERT INTO ledger_snapshot VALUES ({Mei}, 3, 0, 1, 1, x'00')")]
    [InlineData($"INSERT INTO ledger_snapshot VALUES ({Mei}, 9, 0, 2, 1, x'00')")] // Half of one, as a crash leaves it.
    [InlineData($"UPDATE ledger_event SET at = at - 60000 WHERE ledger = {Mei} AND seq = 3")] // A clock set back between two processes.
    public async Task What_a_store_may_contain_holds(string sql)
    {
        using var journal = Journal();
        (await journal.Audit(directory => directory.Execute(sql))).AllHold();
    }

    [Fact]
    public async Task A_ledger_of_no_known_kind_breaks_P8()
    {
        using var journal = Journal();
        journal.Row("parcel/1", 1, 1, "{}");
        (await journal.Audit()).Breaks("P8", "parcel/1 1: such a ledger has no events of type 1");
    }

    [Fact]
    public async Task Many_failures_are_counted_and_the_first_few_shown()
    {
        using var journal = Journal();
        for (var i = 1; i <= 100; i++) journal.Row("parcel/1", 1, 1, "{}");
        var detail = (await journal.Audit()).Promise("P8").Detail;
        Assert.StartsWith("100 of ", detail, StringComparison.Ordinal);
        Assert.Contains("parcel/1 5:", detail, StringComparison.Ordinal);
        Assert.DoesNotContain("parcel/1 6:", detail, StringComparison.Ordinal);
    }

    // Two ends: the last row moves no units and nothing rests on it, so that spoiling it breaks nothing else.
    private static AuditJournal Journal()
    {
        var journal = new AuditJournal();
        journal.Sku("a", received: 10, pool: 5);
        var held = journal.Held("a", 1, "mei", "k1", quantity: 2);
        journal.Claimed(1.1, held);
        journal.Confirmed(2, held);
        journal.ClaimEnded(3, held, HoldState.Confirmed);
        journal.Refunded(4, held, 1, restock: true);
        journal.ClaimEnded(5, held, HoldState.Confirmed, quantity: 1);
        return journal;
    }
}
