using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using Orleans;
using Orleans.Runtime;

namespace FlashSale.Grains.Catalog;

/// <summary>What an article is called and costs. Display data that changes rarely, so plain grain persistence is enough.</summary>
internal sealed class CatalogGrain(
    [PersistentState("catalog-entry", "catalog")] IPersistentState<CatalogState> state, LedgerEngine engine) : Grain, ICatalogGrain
{
    /// <summary>How old a copy may be: another process may write the same article.</summary>
    private static readonly TimeSpan TrustedFor = TimeSpan.FromSeconds(10);

    private long _readAt;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _readAt = engine.Time.GetTimestamp(); // The state was read just before.
        return Task.CompletedTask;
    }

    public async Task<CatalogEntry?> Get()
    {
        if (engine.Time.GetElapsedTime(_readAt) > TrustedFor) await Read();
        return state.RecordExists ? state.State.Entry : null;
    }

    public async Task Put(CatalogEntry entry)
    {
        await Read(); // On an old copy, what has been overwritten elsewhere would pass for a repetition.
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

    private async Task Read()
    {
        var askedAt = engine.Time.GetTimestamp();
        await state.ReadStateAsync();
        _readAt = askedAt;
    }
}

/// <summary>The stored form.</summary>
[GenerateSerializer, Alias("fs.CatalogState")]
internal sealed class CatalogState
{
    [Id(0)]
    public CatalogEntry? Entry { get; set; }
}
