namespace FlashSale.Crash.Tests.Crowd;

/// <summary>What a shopper wants to do with a hold.</summary>
internal enum Intent
{
    Keep,
    GiveBack,
    Buy,
}

/// <summary>Somebody who wants units of one SKU, and remembers what was promised.</summary>
/// <param name="Name">Who.</param>
/// <param name="Token">Of the session.</param>
/// <param name="Intent">What becomes of the hold.</param>
internal sealed record Shopper(string Name, string Token, Intent Intent)
{
    /// <summary>The first 201 that was heard.</summary>
    public Answer? Promise { get; set; }

    /// <summary>What became of it was heard, too.</summary>
    public bool Ended { get; set; }

    /// <summary>The last refusal.</summary>
    public string? Refusal { get; set; }

    public string State => (Ended, Intent) switch
    {
        (true, Intent.GiveBack) => "released",
        (true, Intent.Buy) => "confirmed",
        _ => "held",
    };
}
