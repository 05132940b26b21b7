using System.Text;

namespace FlashSale.Drop;

/// <summary>Shortening what a server said, for a line of output.</summary>
internal static class Text
{
    const int MaxLength = 200;

    public static string Start(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, MaxLength)]).ReplaceLineEndings(" ");
        return bytes.Length > MaxLength ? text + "…" : text;
    }
}
