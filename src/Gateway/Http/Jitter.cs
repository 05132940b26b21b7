namespace FlashSale.Gateway.Http;

/// <summary>Spreads over time what a crowd would do together.</summary>
internal static class Jitter
{
    /// <summary>A number from <paramref name="least"/> up to <paramref name="range"/> more.</summary>
    /// <param name="least">Any unit.</param>
    /// <param name="range">Of the same unit, not negative.</param>
    /// <param name="spread">Any number that differs from case to case; neighbours come out far from each other.</param>
    public static int Over(int least, int range, long spread)
    {
        var fraction = ((ulong)spread * 0x9E3779B97F4A7C15UL) >> 54; // 0-1023
        return least + (int)((ulong)range * fraction / 1024);
    }
}
