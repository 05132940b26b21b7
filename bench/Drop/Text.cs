using System.Text;

namespace FlashSale.Drop;

/// <summary>Small things about lines of output.</summary>
internal static class Text
{
    const int MaxLength = 200;

    /// <summary>As many digits as a reader can use: 0.8 ms, 43 ms, 1.25 s.</summary>
    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds switch
    {
        < 9.95 => $"{time.TotalMilliseconds:0.0} ms",
        < 999.5 => $"{time.TotalMilliseconds:0} ms",
        < 9995 => $"{time.TotalSeconds:0.00} s",
        _ => $"{time.TotalSeconds:0.0} s",
    };

    /// <summary>What a server said, shortened.</summary>
    public static string Start(ReadOnlySpan<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, MaxLength)]).ReplaceLineEndings(" ");
        return bytes.Length > MaxLength ? text + "…" : text;
    }
}
