using System.Text.Json;
using FlashSale.Grains.Journal;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace FlashSale.Grains.Catalog;

/// <summary>Grain storage beside the journal, in the same store: one JSON document a state.</summary>
internal sealed class JournalGrainStorage(IGrainStates states) : IGrainStorage
{
    /// <summary>The form of the documents, whichever storage writes them.</summary>
    public static readonly JsonSerializerOptions Json = JsonSerializerOptions.Web;

    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var stored = await StoreFailures.Translated(states.Read(stateName, Key(grainId)));
        grainState.RecordExists = stored is not null;
        grainState.ETag = stored?.Etag;
        if (stored is { } found) grainState.State = JsonSerializer.Deserialize<T>(found.Payload, Json);
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var payload = JsonSerializer.Serialize(grainState.State, Json);
        grainState.ETag = await StoreFailures.Translated(states.Write(stateName, Key(grainId), payload, grainState.ETag)) ?? throw Inconsistent(grainState.ETag);
        grainState.RecordExists = true;
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (grainState.ETag is { } etag && !await StoreFailures.Translated(states.Delete(stateName, Key(grainId), etag))) throw Inconsistent(etag);
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = default;
    }

    private static string Key(GrainId grainId) => grainId.Key.ToString()!;

    private static InconsistentStateException Inconsistent(string? etag) =>
        new("Another activation wrote this state since it was read.", storedEtag: "unknown", currentEtag: etag);
}
