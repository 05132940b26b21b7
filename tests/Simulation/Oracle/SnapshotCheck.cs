using System.Text.Json;

namespace FlashSale.Simulation.Tests;

/// <summary>P8 of snapshots: each is the fold of durable events up to its seq, and of nothing else. Read by member names, without any code of the product.</summary>
internal static class SnapshotCheck
{
    private const string Held = "held";

    public static void Run(IEnumerable<WrittenSnapshot> snapshots, Books books, Findings findings)
    {
        foreach (var written in snapshots)
        {
            var (ledger, snapshot) = (written.Ledger, written.Snapshot);
            findings.Check("P8", snapshot.Seq <= written.Head.Seq, () => $"{ledger}: a snapshot of {snapshot.Seq} events, of which {written.Head.Seq} are durable");
            var json = JsonElement.Parse(snapshot.Data.Span);
            if (Books.Rest(ledger, Books.StockPrefix) is { } sku) Stock(ledger, snapshot.Seq, json, books.Stock(sku), findings);
            else if (Books.Rest(ledger, Books.CartPrefix) is { } shopper) Cart(ledger, snapshot.Seq, json, books.Cart(shopper), findings);
        }
    }

    private static void Stock(string ledger, long seq, JsonElement json, StockBook book, Findings findings)
    {
        var (shelf, kept) = (book.ShelfAt(seq), new ShelfPage(default, seq, Number(json, "received"), Number(json, "withdrawn"), Number(json, "general")));
        findings.Check("P8", kept with { Since = shelf.Since } == shelf, () => $"{ledger}: the snapshot says {kept}, the journal {shelf}");
        var pools = json.GetProperty("pools").EnumerateArray().Select(p => p.GetProperty("pool")).ToDictionary(p => p.GetProperty("campaign").GetString()!);
        foreach (var (campaign, page) in book.PoolsAt(seq))
        {
            var same = pools.TryGetValue(campaign, out var pool)
                && (Number(pool, "available"), Number(pool, "held"), Number(pool, "sold")) == (page.Available, page.Held, page.Sold);
            findings.Check("P8", same, () => $"{ledger}: the snapshot of {seq} says {pool}, the journal {page}");
        }

        var live = json.GetProperty("holds").EnumerateArray().Where(h => h.GetProperty("state").GetString() == Held)
            .Select(h => (h.GetProperty("id").GetString()!, Number(h, "generation"))).ToHashSet();
        var due = book.Generations.Where(g => g.Number <= seq && (g.End is not { } end || end.Seq > seq)).Select(g => (g.Hold, g.Number));
        findings.Check("P8", live.SetEquals(due), () => $"{ledger}: the snapshot of {seq} has {live.Count} live holds: {string.Join(' ', live)}");
    }

    private static void Cart(string ledger, long seq, JsonElement json, CartBook book, Findings findings)
    {
        var claimed = json.GetProperty("claims").EnumerateArray().Select(c => c.GetProperty("hold").GetProperty("id").GetString()!).ToHashSet(StringComparer.Ordinal);
        var due = book.ClaimedBy(seq);
        findings.Check("P8", claimed.SetEquals(due), () => $"{ledger}: the snapshot of {seq} has claims {string.Join(' ', claimed)}");
    }

    private static long Number(JsonElement json, string name) => json.GetProperty(name).GetInt64();
}
