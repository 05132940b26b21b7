using System.Globalization;

namespace FlashSale.Simulation.Tests;

/// <summary>How a search ended.</summary>
internal enum Linearized
{
    Yes,
    No,

    /// <summary>The bound was reached before either was sure.</summary>
    Undecided,
}

/// <summary>
/// Looks for an order of all steps of one SKU's history that the specification allows and that contradicts no clock on the wall: what was answered
/// before something else was asked comes first (Wing and Gong, with Lowe's memory of states that led nowhere). Only steps that overlap in time are ever
/// tried in another order, so the search stays small where windows are short.
/// </summary>
internal sealed class LinearSearch
{
    private const int OpenStepsShown = 8;

    private readonly LinearOp[] _ops; // By the beginning of their span.
    private readonly int[] _bySeq;
    private readonly bool[] _done;
    private readonly ulong[] _names;
    private readonly HashSet<(ulong Done, int Shelf, long General)> _leadsNowhere = [];
    private readonly int _nodesMost;
    private int _nodes;
    private int _reached = -1;
    private ulong _doneNow;

    public LinearSearch(IEnumerable<LinearOp> ops, int nodesMost)
    {
        _ops = [.. ops.OrderBy(o => o.From).ThenBy(o => o.Seq ?? long.MaxValue)];
        _bySeq = [.. Enumerable.Range(0, _ops.Length).Where(i => _ops[i].Seq is not null).OrderBy(i => _ops[i].Seq)];
        _done = new bool[_ops.Length];
        var names = new SimRandom(0);
        _names = [.. _ops.Select(_ => names.Next())];
        _nodesMost = nodesMost;
    }

    /// <summary>Where it got no further, for people.</summary>
    public string Stuck { get; private set; } = "";

    public Linearized Run()
    {
        if (Explore(ModelShelf.Empty, first: 0, firstSeq: 0, count: 0)) return Linearized.Yes;
        return _nodes > _nodesMost ? Linearized.Undecided : Linearized.No;
    }

    private bool Explore(ModelShelf shelf, int first, int firstSeq, int count)
    {
        if (++_nodes > _nodesMost) return false;
        var taken = new List<int>();
        // A step that changes nothing and is possible now may be taken now: no order is lost by it.
        while (true)
        {
            while (first < _ops.Length && _done[first]) first++;
            while (firstSeq < _bySeq.Length && _done[_bySeq[firstSeq]]) firstSeq++;
            if (first == _ops.Length) return true;
            if (!TakeReads(shelf, first, firstSeq, taken)) break;
        }

        count += taken.Count;
        if (count > _reached) Remember(shelf, first, count);
        if (_leadsNowhere.Add((_doneNow, shelf.Digest, shelf.General)))
        {
            foreach (var next in Candidates(first, firstSeq))
            {
                if (_ops[next].Step(shelf) is not { } after) continue;
                Mark(next, done: true);
                if (Explore(after, first, firstSeq, count + 1)) return true;
                Mark(next, done: false);
            }
        }

        foreach (var read in taken) Mark(read, done: false);
        return false;
    }

    private bool TakeReads(ModelShelf shelf, int first, int firstSeq, List<int> taken)
    {
        var before = taken.Count;
        foreach (var next in Candidates(first, firstSeq))
        {
            if (!ReferenceEquals(_ops[next].Step(shelf), shelf)) continue;
            Mark(next, done: true);
            taken.Add(next);
        }

        return taken.Count > before;
    }

    // What may come next: nothing that is left was over before it began, and nothing that is left has an earlier place.
    private List<int> Candidates(int first, int firstSeq)
    {
        var (candidates, end) = (new List<int>(), TimeSpan.MaxValue);
        var seq = firstSeq < _bySeq.Length ? _ops[_bySeq[firstSeq]].Seq : null;
        for (var i = first; i < _ops.Length && _ops[i].From <= end; i++)
        {
            if (_done[i]) continue;
            if (_ops[i].To < end) end = _ops[i].To;
            if (_ops[i].Seq is not { } own || own == seq) candidates.Add(i);
        }

        candidates.RemoveAll(i => _ops[i].From > end);
        return candidates;
    }

    private void Mark(int op, bool done)
    {
        _done[op] = done;
        _doneNow ^= _names[op];
    }

    private void Remember(ModelShelf shelf, int first, int count)
    {
        _reached = count;
        var open = _ops.Skip(first).Where((_, i) => !_done[first + i]).Take(OpenStepsShown);
        Stuck = string.Create(CultureInfo.InvariantCulture, $"after {count} of {_ops.Length} steps the shelf is {shelf}; none of these can follow:\n    {string.Join("\n    ", open.Select(Show))}");
    }

    private static string Show(LinearOp op) => string.Create(
        CultureInfo.InvariantCulture,
        $"{op.From.TotalSeconds:0.0000} - {(op.To == TimeSpan.MaxValue ? "open" : $"{op.To.TotalSeconds:0.0000}")}{(op.Seq is { } seq ? $" #{seq}" : "")}: {op.What}");
}
