using System.Text;
using FlashSale.Contracts;
using FlashSale.Gateway.Sessions;

namespace FlashSale.Silo.Tests.BadInput;

/// <summary>A shop that sells, and everything that a request may be made of.</summary>
public sealed class BadInputShop : IAsyncLifetime
{
    public const string TokenKey = "token-key-of-the-tests";
    public const string PreviousKey = "token-key-of-last-month";

    private readonly Dictionary<string, string> _names = [];

    internal Shop Shop { get; private set; } = null!;

    /// <summary>A token of mei, signed by the previous key.</summary>
    public string PreviousToken => _names["<previous>"];

    /// <summary>Seq of every ledger before any bad request.</summary>
    public IReadOnlyDictionary<string, long> Untouched { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Shop = await Shop.Start($"TokenKey={TokenKey}", $"TokenKeyPrevious={PreviousKey}");
        await Shop.Api.MakeSku("shoe", 100);
        await Shop.Api.MakeSku("bag", 100);
        await Api.Expect(Shop.Api.PutCampaign("drop", limit: 50, skus: [("shoe", 50), ("bag", 50)]));
        var mei = await Shop.Api.Login("mei");
        var hold = (await Shop.Api.Hold(mei, "drop", "shoe", "held before")).Id;
        var now = Shop.Service<ILedgerClock>().Now;
        foreach (var (name, text) in new[]
        {
            ("<admin>", Api.AdminKey), ("<mei>", mei), ("<li>", await Shop.Api.Login("li")), ("<hold>", hold), ("<hold-respelled>", Respelled(hold)), ("<cut>", mei[..^4]), ("<respelled>", Respelled(mei)),
            ("<forged>", Forged(mei)), ("<foreign>", Signed("a-key-of-somebody-else", now.AddHours(1))), ("<rotated-out>", Signed("token-key-of-the-month-before", now.AddHours(1))),
            ("<expired>", Signed(TokenKey, now.AddSeconds(-1))), ("<expired-previous>", Signed(PreviousKey, now.AddSeconds(-1))), ("<previous>", Signed(PreviousKey, now.AddHours(1))),
        }) _names.Add(name, text);
        Untouched = await Shop.Ledgers();
    }

    public async Task DisposeAsync() => await Shop.DisposeAsync();

    /// <summary>The request with the names replaced by what they stand for in this shop.</summary>
    internal RawRequest Fill(RawRequest request) => request with { Target = Fill(request.Target), Headers = [.. request.Headers.Select(Fill)] };

    private string Fill(string text)
    {
        foreach (var (name, value) in _names) text = text.Replace(name, value, StringComparison.Ordinal);
        return text;
    }

    private static string Signed(string key, DateTimeOffset expiresAt) => SessionToken.Make(Encoding.UTF8.GetBytes(key), new ShopperId("mei"), expiresAt);

    // Another shopper's id under mei's signature.
    private static string Forged(string token) => token.Remove(14, 1).Insert(14, token[14] == 'A' ? "B" : "A");

    // Base64url text whose length is no multiple of four has bits in its last character that stand for nothing.
    private static string Respelled(string text)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        Assert.NotEqual(0, text.Length % 4);
        return text[..^1] + alphabet[alphabet.IndexOf(text[^1], StringComparison.Ordinal) | 1];
    }
}
