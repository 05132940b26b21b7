namespace FlashSale.Silo.Tests.Errors;

/// <summary>A story of the real product that ends with an error.</summary>
/// <param name="Stage">Stage of the error.</param>
/// <param name="Code">Its code.</param>
/// <param name="Story">What happens; names the test.</param>
/// <param name="Act">Makes it happen.</param>
internal sealed record Cause(string Stage, string Code, string Story, Func<Scene, Task<Answer>> Act)
{
    /// <summary>Settings of a shop of its own; empty: any shop will do.</summary>
    public string[] Settings { get; init; } = [];

    public override string ToString() => $"{Stage} {Code}: {Story}";
}
