using System.Text;

namespace FlashSale.Grains.Audit;

/// <summary>
/// The heads of all ledgers at the moment that is audited: what stands behind them came later. Kept as bytes, about 50 a ledger, for there may be
/// millions.
/// </summary>
internal sealed class JournalCut
{
    private readonly List<byte> _names = [];
    private readonly List<int> _ends = [];
    private readonly List<(long Seq, bool Followed)> _heads = [];

    /// <param name="heads">In the ordinal order of names.</param>
    public JournalCut(IEnumerable<(string Ledger, long Seq)> heads)
    {
        foreach (var (ledger, seq) in heads)
        {
            _names.AddRange(Encoding.UTF8.GetBytes(ledger));
            _ends.Add(_names.Count);
            _heads.Add((seq, false));
        }
    }

    public int Count => _heads.Count;

    /// <summary>Seq of the ledger's head, or null; the ledger counts as followed from then on.</summary>
    public long? Follow(string ledger)
    {
        Span<byte> name = stackalloc byte[Encoding.UTF8.GetMaxByteCount(ledger.Length)];
        name = name[..Encoding.UTF8.GetBytes(ledger, name)];
        var (low, high) = (0, _heads.Count - 1);
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var order = NameOf(middle).SequenceCompareTo(name);
            if (order == 0)
            {
                _heads[middle] = (_heads[middle].Seq, true);
                return _heads[middle].Seq;
            }

            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }

        return null;
    }

    /// <summary>Ledgers that have a head with events, none of which was followed.</summary>
    public IEnumerable<(string Ledger, long Seq)> NotFollowed()
    {
        for (var i = 0; i < _heads.Count; i++)
        {
            if (!_heads[i].Followed && _heads[i].Seq > 0) yield return (Encoding.UTF8.GetString(NameOf(i)), _heads[i].Seq);
        }
    }

    private ReadOnlySpan<byte> NameOf(int index)
    {
        var start = index == 0 ? 0 : _ends[index - 1];
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_names)[start.._ends[index]];
    }
}
