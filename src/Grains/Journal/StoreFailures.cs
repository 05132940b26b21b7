using FlashSale.Contracts;

namespace FlashSale.Grains.Journal;

/// <summary>What a store's failure means to a caller of a grain that is not behind a ledger: unknown, repeat.</summary>
internal static class StoreFailures
{
    /// <summary>The same for a call without a result.</summary>
    public static Task Translated(Task call)
    {
        return Translated(Ended());

        async Task<bool> Ended()
        {
            await call;
            return true;
        }
    }

    /// <summary>Runs the call; whatever goes wrong with the store is a <see cref="LedgerUnavailableException"/>, bugs of the caller are not.</summary>
    public static async Task<T> Translated<T>(Task<T> call)
    {
        try
        {
            return await call;
        }
        catch (Exception error) when (error is not (ArgumentException or LedgerUnavailableException))
        {
            throw new LedgerUnavailableException("The store cannot be reached.", error);
        }
    }
}
