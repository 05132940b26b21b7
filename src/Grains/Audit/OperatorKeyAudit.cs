using System.Globalization;

namespace FlashSale.Grains.Audit;

/// <summary>What the stock's ledgers say of operators' adjustments: units by operation, 0 for one that was given up.</summary>
internal sealed class Adjustments
{
    private readonly Dictionary<UInt128, (int Sku, long Units)> _all = [];

    public static UInt128 ParseOperation(ReadOnlySpan<byte> digits) => UInt128.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public void Add(ReadOnlySpan<byte> operation, int sku, long units)
    {
        if (!operation.IsEmpty) _all[ParseOperation(operation)] = (sku, units); // One without is reported where it stands.
    }

    public (int Sku, long Units)? Find(UInt128 operation) => _all.TryGetValue(operation, out var found) ? found : null;
}

/// <summary>
/// One operator's key, followed after all stock: it stands for one adjustment at a time and for none after the one that the stock has done. What
/// the key was told is durable in the stock before, so in any snapshot the stock shows it.
/// </summary>
internal sealed class OperatorKeyAudit(PromiseCheck p3, Names names, Adjustments adjustments)
{
    private UInt128? _operation; // By which the stock was asked for what the key stands for; null: for nothing.
    private int _sku;
    private long _delta;
    private bool _refused;
    private bool _settled;

    public void Event(in JournalRow row, Payload e)
    {
        if (!p3.Expect(row.HasOperation, row.Place, $"an operator's key without an operation")) return;
        var operation = Adjustments.ParseOperation(row.Operation);
        if ((Event)row.Type == Audit.Event.KeyBound)
        {
            p3.Expect(_operation is null, row.Place, $"the key is bound while it stands for {_delta} units of {Name(_sku)}");
            (_operation, _sku, _delta, _refused) = (operation, e.Sku, e.Delta, false);
            return;
        }

        p3.Expect(_operation == operation && !_settled, row.Place, $"the key does not stand for this operation, or has its answer");
        switch ((Event)row.Type)
        {
            case Audit.Event.KeySettled: Settled(row.Place, operation); break;
            case Audit.Event.KeyRefused: _refused = true; break;
            case Audit.Event.KeyFreed: Freed(row.Place, operation); break;
        }
    }

    private void Settled(Place place, UInt128 operation)
    {
        var done = adjustments.Find(operation);
        p3.Expect(done == (_sku, _delta), place, $"the key stands for {_delta} units of {Name(_sku)}, the stock has {done?.Units} of {Name(done?.Sku)}");
        _settled = true;
    }

    // A refusal may turn into a yes when its request comes a second time, so only what was given up lets another adjustment have the key.
    private void Freed(Place place, UInt128 operation)
    {
        p3.Expect(!_refused || adjustments.Find(operation) == (_sku, 0), place, $"the key is free, but {_delta} units of {Name(_sku)} were not given up");
        _operation = null;
    }

    private string Name(int? sku) => sku is { } number ? names[number] : "none";
}
