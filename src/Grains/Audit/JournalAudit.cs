using System.Buffers;
using FlashSale.Contracts;

namespace FlashSale.Grains.Audit;

/// <summary>
/// Follows all rows of a journal up to the heads of one moment and reports each promise that a journal can show. P7 is about answers, which are in no
/// journal. Stock comes first, because carts and operators' keys are checked against it.
/// </summary>
internal sealed class JournalAudit(IJournalRows rows, DateTimeOffset? now, TimeSpan grace)
{
    /// <summary>How long after its time a hold's units must be sellable again (P4).</summary>
    public static readonly TimeSpan ExpiryMost = TimeSpan.FromSeconds(2);

    private const int OperationLength = 32;
    private const int SummedAtOnce = 50_000;
    private const int HeadsAtOnce = 5_000;
    private const long EndOfTime = 253_402_300_800_000; // Year 10000.

    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);

    private readonly Promises _promises = new();
    private readonly Names _names = new();
    private readonly Generations _generations = new();
    private readonly Adjustments _adjustments = new();
    private readonly Dictionary<string, (StockFigures Figures, long Head)> _figures = new(StringComparer.Ordinal);
    private long _newest = now?.ToUnixTimeMilliseconds() ?? 0;
    private readonly Dictionary<string, long> _later = new(StringComparer.Ordinal);
    private readonly JournalCut _cut = new(rows.Heads());
    private long _events;
    private long _snapshots;
    private long _carts;
    private long _keys;
    private long _backwards;

    // The ledger that is being read.
    private string _ledger = "";
    private long? _head;
    private long _first;
    private long _count;
    private long _seq;
    private long _at;
    private StockAudit? _stock;
    private CartAudit? _cart;
    private OperatorKeyAudit? _key;

    public AuditReport Run()
    {
        const string stock = "stock/";
        const string behindStock = "stock0"; // The first name behind all that begin with "stock/".
        Follow(stock, behindStock);
        Follow("", stock);
        Follow(behindStock, null);
        CompareWithSums();
        CheckUnfollowed();
        CheckLater();
        CheckSnapshots();
        _generations.CheckRefusals(_promises.P3);
        _generations.CheckOverdue(_promises.P4, _newest, (long)(ExpiryMost + grace).TotalMilliseconds);
        return Report();
    }

    private void Follow(string from, string? to)
    {
        var payload = new Payload(_names);
        rows.Events(from, to, (in JournalRow row) =>
        {
            if (!ReferenceEquals(row.Place.Ledger, _ledger)) Begin(row.Place.Ledger);
            if (row.Place.Seq > (_head ?? 0))
            {
                _later[_ledger] = row.Place.Seq;
                return;
            }

            CheckPlace(row);
            if (!IsReadable(row, payload)) return;
            _stock?.Event(row, payload);
            _cart?.Event(row, payload);
            _key?.Event(row, payload);
        });
        Begin("");
    }

    private void Begin(string ledger)
    {
        if (_head is { } head) End(head);
        _ledger = ledger;
        _head = ledger.Length == 0 ? null : _cut.Follow(ledger);
        (_first, _count, _seq, _at) = (0, 0, 0, 0);
        _stock = ledger.StartsWith(EventTable.Stock, StringComparison.Ordinal) ? new StockAudit(ledger, _promises, _names, _generations, _adjustments) : null;
        _cart = ledger.StartsWith(EventTable.Cart, StringComparison.Ordinal) ? new CartAudit(ledger, _promises, _names, _generations) : null;
        _key = ledger.StartsWith(EventTable.OperatorKey, StringComparison.Ordinal) ? new OperatorKeyAudit(_promises.P3, _names, _adjustments) : null;
    }

    private void End(long head)
    {
        if (_stock is not null) _figures[_ledger] = (_stock.End(), head);
        if (_cart is not null)
        {
            _cart.End();
            _carts++;
        }

        if (_key is not null) _keys++;

        var place = new Place(_ledger, 0);
        _promises.P2.Expect(head == _seq, place, $"the head says {head} events, the last one is {_seq}");
        _promises.P2.Expect(_count == _seq && _first == Math.Min(_seq, 1), place, $"{_count} events stand from {_first} to {_seq}");
    }

    private void CheckPlace(in JournalRow row)
    {
        _events++;
        _count++;
        if (_first == 0) _first = row.Place.Seq;
        _promises.P8.Expect(row.Place.Seq == _seq + 1, row.Place, $"event {_seq + 1} is missing");
        if (_promises.P8.Expect(row.At is > 0 and < EndOfTime, row.Place, $"{row.At} is no time")) _newest = Math.Max(_newest, row.At);
        if (row.At < _at) _backwards++;
        (_seq, _at) = (row.Place.Seq, row.At);
    }

    // What cannot be read cannot be followed either; the sums will then differ, too, where it moved units.
    private bool IsReadable(in JournalRow row, Payload payload)
    {
        var p8 = _promises.P8;
        var operation = row.Operation;
        var isOperation = !row.HasOperation || (operation.Length == OperationLength && !operation.ContainsAnyExcept(HexDigits));
        if (!p8.Expect(isOperation, row.Place, $"the operation is not {OperationLength} hexadecimal digits")) return false;
        var members = EventTable.MembersOf(row.Place.Ledger, row.Type);
        if (!p8.Expect(members is not null, row.Place, $"such a ledger has no events of type {row.Type}")) return false;
        var error = payload.Read(row.Payload, members.GetValueOrDefault());
        return p8.Expect(error is null, row.Place, $"{error}");
    }

    // In slices: one sum over a hot ledger would be a long statement.
    private void CompareWithSums()
    {
        foreach (var (ledger, (followed, head)) in _figures)
        {
            var sum = default(StockFigures);
            for (long after = 0; after < head; after += SummedAtOnce) sum += rows.Sum(ledger, after, Math.Min(after + SummedAtOnce, head));
            _promises.P1.Expect(sum == followed, new Place(ledger, 0), $"summed by SQL: {sum}; followed event by event: {followed}");
        }
    }

    private void CheckUnfollowed()
    {
        foreach (var (ledger, head) in _cut.NotFollowed())
        {
            _promises.P2.Expect(false, new Place(ledger, 0), $"the head says {head} events, the last one is 0");
        }
    }

    // What stands behind the heads of the moment must stand up to the present ones: whoever adds events moves the head with them.
    private void CheckLater()
    {
        foreach (var some in _later.Keys.Chunk(HeadsAtOnce))
        {
            var heads = rows.HeadsOf(some).ToDictionary(head => head.Ledger, head => head.Seq, StringComparer.Ordinal);
            foreach (var ledger in some)
            {
                var place = new Place(ledger, 0);
                if (!_promises.P2.Expect(heads.TryGetValue(ledger, out var head), place, $"{_later[ledger]} events without a head")) continue;
                _promises.P2.Expect(_later[ledger] <= head, place, $"the head says {head} events, the last one is {_later[ledger]}");
            }
        }
    }

    private void CheckSnapshots()
    {
        _snapshots = rows.Snapshots();
        foreach (var (ledger, seq, head) in rows.SnapshotsBeyondHead())
        {
            _promises.P2.Expect(false, new Place(ledger, seq), $"the snapshot is beyond the head, {head?.ToString() ?? "which is missing"}");
        }
    }

    private AuditReport Report() => new(
    [
        _promises.P1.Report(
            $"In {_figures.Count} SKUs units add up after every event, no pool is below zero, closed pools are empty, and sums by SQL agree: {Total()}."),
        _promises.P2.Report($"{_cut.Count} ledgers have all the events that their heads say; none of {_snapshots} snapshots is beyond its head."),
        _promises.P3.Report(
            $"{_generations.Count} grants have one end at most and are granted anew only after a refusal; the claims, refusals and ends of {_carts} carts are those of the stock, "
            + $"and so are the adjustments of {_keys} operators' keys."),
        _promises.P4.Report(
            $"No hold is overdue at {At(_newest)} by more than {(ExpiryMost + grace).TotalMilliseconds} ms; none expired early; "
            + $"the latest did {_promises.LatenessMost} ms late (restarts may)."),
        _promises.P5.Report($"No shopper's units exceed a limit: in each pool at each grant, over all SKUs after each event of {_carts} carts and by the stock's word."),
        _promises.P6.Report($"{_generations.Count} grants are within their windows, of pools neither frozen nor closed; pool versions only rise."),
        _promises.P8.Report($"{_events} events are without gaps, of known types and readable; {_backwards} times a ledger's time goes back."),
    ],
    [
        .. _figures.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => new AuditedSku(
            f.Key[EventTable.Stock.Length..],
            f.Value.Figures.Received,
            f.Value.Figures.Available,
            f.Value.Figures.Held,
            f.Value.Figures.Sold,
            f.Value.Figures.Withdrawn)),
    ]);

    private StockFigures Total() => _figures.Values.Aggregate(default(StockFigures), static (sum, sku) => sum + sku.Figures);

    private static string At(long milliseconds) => TimeJsonConverter.Text(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
