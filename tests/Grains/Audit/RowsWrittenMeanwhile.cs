using FlashSale.Contracts;
using FlashSale.Grains.Audit;
using FlashSale.Grains.Journal;
using static FlashSale.Grains.Tests.Journal.TestLedgers;

namespace FlashSale.Grains.Tests.Audit;

/// <summary>Rows to which others add as soon as the heads were read: events that would break promises if they were followed.</summary>
internal sealed class RowsWrittenMeanwhile(IJournalRows rows, IJournal journal) : IJournalRows
{
    public IEnumerable<(string Ledger, long Seq)> Heads()
    {
        var heads = rows.Heads().ToArray();
        foreach (var (ledger, seq) in heads.Append(("stock/sku-new", 0)).Append(("cart/shopper-new", 0)).Where(h => !h.Item1.StartsWith("campaign", StringComparison.Ordinal)))
        {
            Assert.True(journal.Append(ledger, seq == 0 ? 0 : 1, seq).GetAwaiter().GetResult());
        }

        return heads;
    }

    public IEnumerable<(string Ledger, long Seq)> HeadsOf(IReadOnlyList<string> ledgers) => rows.HeadsOf(ledgers);

    public void Events(string from, string? to, RowVisitor visit) => rows.Events(from, to, visit);

    public IEnumerable<(string Ledger, long Seq, long? Head)> SnapshotsBeyondHead() => rows.SnapshotsBeyondHead();

    public long Snapshots() => rows.Snapshots();

    public StockFigures Sum(string ledger, long after, long upTo) => rows.Sum(ledger, after, upTo);

    public void Dispose() => rows.Dispose();
}
