using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>Where another process took a ledger, nothing of the last step happened and any call may be repeated: the client need not do it.</summary>
internal static class FenceRepeat
{
    private const int MostTries = 3;

    public static async Task<T> Run<T>(Func<Task<T>> call)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call();
            }
            catch (LedgerUnavailableException error) when (error.Fenced && tries < MostTries)
            {
                // The next activation waits before it takes the ledger back, so this is no busy loop.
            }
        }
    }
}
