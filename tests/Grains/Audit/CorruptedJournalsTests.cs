using FlashSale.Grains.Tests.Journal;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>A true journal of a whole drop, spoiled by hand in one place: the audit must find each, and say which promise it breaks.</summary>
public sealed class CorruptedJournalsTests
{
    private const string A = "ledger = 'stock/sku-a'";

    public static TheoryData<string, string, string> Corruptions => new()
    {
        { "a sale is lost", "P2 P8", $"DELETE FROM ledger_event WHERE {A} AND type = 7 AND seq = (SELECT min(seq) FROM ledger_event WHERE {A} AND type = 7)" },
        { "the newest event is lost", "P2", $"DELETE FROM ledger_event WHERE {A} AND seq = (SELECT max(seq) FROM ledger_event WHERE {A})" },
        { "a receipt is made smaller than what was sold", "P1", $"UPDATE ledger_event SET payload = json_set(payload, '$.quantity', 3) WHERE {A} AND type = 2" },
        { "a hold takes more than its sale says", "P1 P3", $"UPDATE ledger_event SET payload = json_set(payload, '$.sold', 1) WHERE {A} AND type = 7 AND seq = 5" },
        { "a hold is given to somebody else", "P3", $"UPDATE ledger_event SET payload = json_set(payload, '$.shopper', 'eve') WHERE {A} AND type = 5 AND seq = 4" },
        { "a hold begins before the opening", "P6", $"UPDATE ledger_event SET at = at - 3600000 WHERE {A} AND type = 5 AND seq = 4" },
        { "a hold expires before its time", "P4", $"UPDATE ledger_event SET at = at - 300000 WHERE {A} AND type = 9" },
        { "a hold never ends", "P4", $"UPDATE ledger_event SET payload = json_set(payload, '$.expiresAt', '2026-11-11T09:00:00.000Z') WHERE {A} AND type = 5 AND seq = 4" },
        { "two sales have one operation", "P3", $"UPDATE ledger_event SET operation = (SELECT operation FROM ledger_event WHERE {A} AND type = 7 AND seq = 5) WHERE {A} AND type = 7" },
        { "a limit was ignored", "P5", $"UPDATE ledger_event SET payload = json_set(payload, '$.limitPerShopper', 1) WHERE {A} AND type = 4" },
        { "a claim is of a hold that never was", "P3", "UPDATE ledger_event SET payload = json_set(payload, '$.hold.generation', 99) WHERE ledger = 'cart/shopper-mei' AND seq = 1" },
        { "a refusal is lost and the hold granted anew all the same", "P2 P8", "DELETE FROM ledger_event WHERE ledger = 'cart/shopper-bo' AND type = 33 AND seq = 2" },
        { "a refund is larger than the sale", "P1", $"UPDATE ledger_event SET payload = json_set(payload, '$.quantity', 9) WHERE {A} AND type = 10" },
        { "a closed pool keeps units", "P1", $"UPDATE ledger_event SET payload = json_set(payload, '$.returned', 6) WHERE {A} AND type = 13" },
        { "an event is of a type that nobody knows", "P8", $"UPDATE ledger_event SET type = 60 WHERE {A} AND seq = 6" },
        { "a payload is cut off", "P8", $"UPDATE ledger_event SET payload = substr(payload, 1, 20) WHERE {A} AND seq = 6" },
        { "a snapshot knows more than the events", "P2", "INSERT INTO ledger_snapshot VALUES ('stock/sku-a', 99, 0, 1, 1, x'00')" },
    };

    [Theory]
    [MemberData(nameof(Corruptions))]
    public async Task Found(string what, string promises, string sql)
    {
        using var journal = new AuditJournal();
        AuditOfTrueJournalsTests.WriteDrop(journal);
        var report = await journal.Audit(directory => directory.Execute(sql));
        var broken = report.Promises.Where(p => !p.Holds).Select(p => p.Id).ToArray();
        Assert.True(promises.Split(' ').All(broken.Contains), $"{what}: broken are {string.Join(", ", broken)}");
    }
}
