using System.Globalization;
using System.Text.Json;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace FlashSale.Simulation.Tests;

/// <summary>The grain storage named <c>catalog</c>, shared by all processes.</summary>
internal sealed class SimCatalog(Lane lane) : IGrainStorage
{
    private readonly Dictionary<string, (string Json, int Version)> _rows = new(StringComparer.Ordinal);

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Delay();
        grainState.RecordExists = _rows.TryGetValue($"{stateName}/{grainId.Key}", out var row);
        grainState.ETag = grainState.RecordExists ? Tag(row.Version) : null;
        if (grainState.RecordExists) grainState.State = JsonSerializer.Deserialize<T>(row.Json, JsonSerializerOptions.Web);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        await Delay();
        var key = $"{stateName}/{grainId.Key}";
        var stored = _rows.TryGetValue(key, out var row) ? Tag(row.Version) : null;
        if (stored != grainState.ETag) throw new InconsistentStateException("Another activation wrote it.", stored, grainState.ETag);
        _rows[key] = (JsonSerializer.Serialize(grainState.State, JsonSerializerOptions.Web), row.Version + 1);
        grainState.ETag = Tag(row.Version + 1);
        grainState.RecordExists = true;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw new NotSupportedException();

    private static string Tag(int version) => version.ToString(CultureInfo.InvariantCulture);

    private Task Delay() => lane.Delay(TimeSpan.FromMicroseconds(lane.Scheduler.Random.Between(100, 3_000)));
}
