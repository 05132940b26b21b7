using System.Text.Json;
using FlashSale.Grains.Catalog;
using FlashSale.Grains.Journal;
using Orleans;
using Orleans.Runtime;
using Orleans.Storage;

namespace FlashSale.Silo.Engine.Cluster;

/// <summary>Orleans' ADO.NET grain storage as the catalogue's: a store that cannot be reached is no bug, so what it throws becomes what callers know.</summary>
internal sealed class CatalogStorage(IGrainStorage rows) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        StoreFailures.Translated(rows.ReadStateAsync(stateName, grainId, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        StoreFailures.Translated(rows.WriteStateAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        StoreFailures.Translated(rows.ClearStateAsync(stateName, grainId, grainState));
}

/// <summary>The same documents as those of the embedded engine, so that a database can pass from one engine to the other.</summary>
internal sealed class CatalogJson : IGrainStorageSerializer
{
    public BinaryData Serialize<T>(T? input) => new(JsonSerializer.SerializeToUtf8Bytes(input, JournalGrainStorage.Json));

    public T? Deserialize<T>(BinaryData input) => JsonSerializer.Deserialize<T>(input, JournalGrainStorage.Json);
}
