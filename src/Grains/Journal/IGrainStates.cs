namespace FlashSale.Grains.Journal;

/// <summary>
/// A small store of named JSON values with optimistic concurrency, for grain storage (the catalogue). Not a ledger: a write replaces.
/// </summary>
internal interface IGrainStates
{
    /// <summary>Null: there is no such state.</summary>
    Task<StoredState?> Read(string name, string key);

    /// <param name="name">Which kind of state.</param>
    /// <param name="key">Whose.</param>
    /// <param name="payload">JSON.</param>
    /// <param name="expectedEtag">As read; null: there must be no such state yet.</param>
    /// <returns>The new etag, or null where the stored one is another.</returns>
    Task<string?> Write(string name, string key, string payload, string? expectedEtag);

    /// <returns>False where the stored etag is another, or nothing is stored.</returns>
    Task<bool> Delete(string name, string key, string expectedEtag);
}

/// <summary>A state as stored.</summary>
internal readonly record struct StoredState(string Payload, string Etag);
