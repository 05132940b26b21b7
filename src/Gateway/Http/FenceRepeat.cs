using FlashSale.Contracts;

namespace FlashSale.Gateway.Http;

/// <summary>
/// Where another process took a ledger, nothing of the last step happened and any call may be repeated: the client need not do it. An earlier step may
/// have happened, though: from then on it must not be said that nothing did.
/// </summary>
internal static class FenceRepeat
{
    private const int MostTries = 3;

    /// <param name="call">What may be repeated.</param>
    /// <param name="isOverloaded">Whether an answer says that nothing happened, for a queue was full.</param>
    public static async Task<T> Run<T>(Func<Task<T>> call, Func<T, bool> isOverloaded)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var answer = await call();
                return tries > 1 && isOverloaded(answer) ? throw MayHaveBegun() : answer;
            }
            catch (LedgerOverloadedException error) when (tries > 1)
            {
                throw MayHaveBegun(error);
            }
            catch (LedgerUnavailableException error) when (error.Fenced && tries < MostTries)
            {
                // The next activation waits before it takes the ledger back, so this is no busy loop.
            }
        }
    }

    private static LedgerUnavailableException MayHaveBegun(Exception? error = null) => new("A queue was full at a repetition of what may have begun.", error);
}
