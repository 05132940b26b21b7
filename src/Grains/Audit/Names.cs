namespace FlashSale.Grains.Audit;

/// <summary>Numbers for the ids of shoppers, SKUs, campaigns and currencies: a fact that is kept for each hold should not keep a string.</summary>
internal sealed class Names
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    public string this[int number] => _names[number];

    public int Of(ReadOnlySpan<char> name)
    {
        var numbers = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        if (numbers.TryGetValue(name, out var number)) return number;
        number = _names.Count;
        _names.Add(name.ToString());
        _numbers.Add(_names[number], number);
        return number;
    }
}
