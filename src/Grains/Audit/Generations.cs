using System.Runtime.InteropServices;

namespace FlashSale.Grains.Audit;

/// <summary>Why a generation could be granted.</summary>
internal enum Grant : byte
{
    /// <summary>The first of its hold in this SKU.</summary>
    First,

    /// <summary>The cart had refused the one before.</summary>
    AfterRefusal,

    /// <summary>The one before may be forgotten: its campaign closed 30 days ago.</summary>
    AfterForgetting,

    /// <summary>A late confirm took units anew.</summary>
    Late,
}

/// <summary>What the stock's ledger says of one generation: all that claims are checked against.</summary>
internal struct Generation
{
    public UInt128 Hold;
    public long Seq;
    public long At;
    public long ExpiresAt;

    /// <summary><see cref="ExpiresAt"/>, or what it was extended to.</summary>
    public long EndsAt;
    public long EndedAt;
    public long Amount;
    public int Currency;
    public int Shopper;
    public int Campaign;
    public int Quantity;
    public int Limit;
    public int Sold;
    public int Refunded;
    public Standing State;
    public Grant Grant;

    /// <summary>The hold has a newer generation.</summary>
    public bool Superseded;
    public bool Claimed;
    public bool Refused;
}

/// <summary>All generations of all SKUs, in the order of (SKU, seq). The one thing that grows with the journal: about 130 bytes a hold granted.</summary>
internal sealed class Generations
{
    private readonly List<Generation> _all = [];
    private readonly Dictionary<int, (string Ledger, int First, int Count)> _skus = [];
    private readonly List<(int Index, Place Place, string Why)> _refusalsDue = [];
    private int _first;

    public int Count => _all.Count;

    public ref Generation this[int index] => ref CollectionsMarshal.AsSpan(_all)[index];

    /// <summary>Those that follow belong to another SKU.</summary>
    public void BeginSku() => _first = _all.Count;

    /// <summary>The SKU's generations are complete.</summary>
    public void EndSku(int sku, string ledger) => _skus[sku] = (ledger, _first, _all.Count - _first);

    public int Add(in Generation generation)
    {
        _all.Add(generation);
        return _all.Count - 1;
    }

    /// <summary>A generation of the SKU that is being read, or -1.</summary>
    public int Find(UInt128 hold, long seq) => Find(_first, _all.Count - _first, hold, seq);

    /// <summary>A generation of any SKU, or -1.</summary>
    public int Find(int sku, UInt128 hold, long seq) => _skus.TryGetValue(sku, out var range) ? Find(range.First, range.Count, hold, seq) : -1;

    /// <summary>What happened there is only right if some cart refused the generation; carts are read after the stock.</summary>
    public void RequireRefusal(int index, Place place, string why) => _refusalsDue.Add((index, place, why));

    public void CheckRefusals(PromiseCheck promise)
    {
        foreach (var (index, place, why) in _refusalsDue)
        {
            promise.Expect(this[index].Refused, place, $"{why}, but no cart has refused generation {this[index].Seq}");
        }
    }

    public void CheckOverdue(PromiseCheck promise, long now, long patience)
    {
        foreach (var (ledger, first, count) in _skus.Values)
        {
            foreach (ref readonly var g in CollectionsMarshal.AsSpan(_all).Slice(first, count))
            {
                if (g.State != Standing.Held) continue;
                promise.Expect(g.EndsAt + patience >= now, new Place(ledger, g.Seq), $"the hold was to end {now - g.EndsAt} ms ago and is still held");
            }
        }
    }

    private int Find(int first, int count, UInt128 hold, long seq)
    {
        var span = CollectionsMarshal.AsSpan(_all);
        var low = first;
        var high = first + count - 1;
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            if (span[middle].Seq == seq) return span[middle].Hold == hold ? middle : -1;
            if (span[middle].Seq < seq) low = middle + 1;
            else high = middle - 1;
        }

        return -1;
    }
}
