using FlashSale.Contracts;
using Orleans;
using Orleans.Runtime;

namespace FlashSale.Grains.Catalog;

/// <summary>What an article is called and costs. Display data that changes rarely, so plain grain persistence is enough.</summary>
internal sealed class CatalogGrain([PersistentState("catalog-entry", "catalog")] IPersistentState<CatalogState> state) : Grain, ICatalogGrain
{
    public Task<CatalogEntry?> Get() => Task.FromResult(state.RecordExists ? state.State.Entry : null);

    public async Task Put(CatalogEntry entry)
    {
        if (state.RecordExists && state.State.Entry == entry) return;
        state.State.Entry = entry;
        try
        {
            await state.WriteStateAsync();
        }
        catch
        {
            DeactivateOnIdle(); // Memory is ahead of the store; the next activation reads what is there.
            throw;
        }
    }
}

/// <summary>The stored form.</summary>
[GenerateSerializer, Alias("fs.CatalogState")]
internal sealed class CatalogState
{
    [Id(0)]
    public CatalogEntry? Entry { get; set; }
}
