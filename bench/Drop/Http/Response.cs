namespace FlashSale.Drop.Http;

/// <summary>An answer as it came over the wire, or why none came.</summary>
/// <param name="Status">HTTP status; 0 when the connection broke.</param>
/// <param name="Body">Lives in the connection's buffer: valid until the connection's next request.</param>
/// <param name="Trouble">Why there is no answer; null when there is one.</param>
internal readonly record struct Response(int Status, ReadOnlyMemory<byte> Body, string? Trouble)
{
    public bool IsBroken => Trouble is not null;

    public static Response Broken(string trouble) => new(0, default, trouble);
}
