using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace FlashSale.Silo.Tests;

/// <summary>A request as bytes: what no well-behaved client would send, too.</summary>
internal sealed record RawRequest(string Method, string Target, IReadOnlyList<string> Headers, byte[] Body, string Version = "HTTP/1.1")
{
    /// <summary>One byte a character, so that any byte can be written.</summary>
    public byte[] Bytes => [.. Encoding.Latin1.GetBytes($"{Method} {Target} {Version}\r\n{string.Concat(Headers.Select(h => h + "\r\n"))}\r\n"), .. Body];

    public override string ToString() => Encoding.Latin1.GetString(Bytes);
}

/// <summary>What came back: <see cref="Body"/> as JSON, if it is.</summary>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonNode? Json => Body.StartsWith('{') ? JsonNode.Parse(Body) : null;

    /// <summary>The code of a problem; empty for an answer without a body, which is Kestrel's own.</summary>
    public string Code => (string?)Json?["code"] ?? "";

    public string? Header(string name) => Headers.GetValueOrDefault(name);
}

/// <summary>One connection a request.</summary>
internal static class Raw
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Sends the bytes, reads the first answer and hangs up.</summary>
    /// <exception cref="IOException">The connection was closed without an answer.</exception>
    public static async Task<RawAnswer> Send(Uri url, byte[] bytes)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(url.Host, url.Port, patience.Token);
        client.LingerState = new LingerOption(enable: true, seconds: 0); // Thousands of connections must not wait for their ports.
        var stream = client.GetStream();
        var answer = Read(stream, hasBody: !bytes.AsSpan().StartsWith("HEAD "u8), patience.Token);
        try
        {
            await stream.WriteAsync(bytes, patience.Token);
        }
        catch (IOException)
        {
            // Answered and closed before all of it was sent.
        }

        return await answer;
    }

    private static async Task<RawAnswer> Read(NetworkStream stream, bool hasBody, CancellationToken patience)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        int end;
        string[] lines;
        while (true)
        {
            while ((end = text.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0) await More();
            lines = text.ToString(0, end).Split("\r\n");
            if (!lines[0].Contains(" 100 ", StringComparison.Ordinal)) break;
            text.Remove(0, end + 4); // "Go on" is no answer yet.
        }

        var headers = lines.Skip(1).Select(l => l.Split(':', 2)).ToDictionary(h => h[0], h => h[1].Trim(), StringComparer.OrdinalIgnoreCase);
        var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        // A stream has no length and no end: its head is the answer.
        var length = hasBody && headers.TryGetValue("Content-Length", out var announced) ? int.Parse(announced, CultureInfo.InvariantCulture) : 0;
        while (text.Length < end + 4 + length) await More();
        return new RawAnswer(status, headers, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(text.ToString(end + 4, length))));

        async Task More()
        {
            var read = await stream.ReadAsync(buffer, patience);
            if (read == 0) throw new IOException("closed without an answer");
            text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
    }
}
