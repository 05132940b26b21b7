using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace FlashSale.Testing;

/// <summary>Listens to the instruments of one meter factory, and so of one host.</summary>
public sealed class Measured : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Instrument> _instruments = new();
    private readonly ConcurrentDictionary<(string Instrument, string Tags), Figures> _figures = new();

    public Measured(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!ReferenceEquals(instrument.Meter.Scope, meters)) return;
            _instruments.Enqueue(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    public IReadOnlyCollection<Instrument> Instruments => _instruments;

    /// <summary>Tags as <c>name=value</c>, in their order, with commas between; all that came with this instrument.</summary>
    public IEnumerable<string> TagsOf(string instrument) => _figures.Keys.Where(key => key.Instrument == instrument).Select(key => key.Tags).Order(StringComparer.Ordinal);

    /// <summary>All measurements of a counter or histogram together.</summary>
    public double Sum(string instrument, string tags = "") => _figures.GetValueOrDefault((instrument, tags))?.Sum ?? 0;

    /// <summary>How many there were.</summary>
    public long Count(string instrument, string tags = "") => _figures.GetValueOrDefault((instrument, tags))?.Count ?? 0;

    /// <summary>What a gauge shows now.</summary>
    public double? Level(string instrument, string tags = "")
    {
        _listener.RecordObservableInstruments();
        return _figures.GetValueOrDefault((instrument, tags))?.Last;
    }

    public void Dispose() => _listener.Dispose();

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        _figures.GetOrAdd((instrument.Name, text), static _ => new Figures()).Add(value);
    }

    private sealed class Figures
    {
        private readonly Lock _gate = new();

        public double Sum { get; private set; }

        public double Last { get; private set; }

        public long Count { get; private set; }

        public void Add(double value)
        {
            lock (_gate)
            {
                Sum += value;
                Last = value;
                Count++;
            }
        }
    }
}
