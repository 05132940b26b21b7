using System.Buffers.Text;
using System.Text;
using FlashSale.Contracts;
using FlashSale.Gateway.Sessions;

namespace FlashSale.Gateway.Tests.Sessions;

public sealed class SessionTokenTests
{
    private static readonly byte[] Key = Encoding.ASCII.GetBytes("the key");
    private static readonly byte[] OldKey = Encoding.ASCII.GetBytes("the key before");
    private static readonly DateTimeOffset ExpiresAt = Sample.Start.AddHours(24);

    [Theory]
    [InlineData("m")]
    [InlineData("mei")]
    [InlineData("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void A_token_names_its_shopper(string name)
    {
        var token = SessionToken.Make(Key, new ShopperId(name), ExpiresAt);
        Assert.True(SessionToken.TryRead(token, Key, default, Sample.Start, out var shopper));
        Assert.Equal(name, shopper.Value);
    }

    [Fact]
    public void A_token_ends_at_its_time()
    {
        var token = SessionToken.Make(Key, Sample.Shopper, ExpiresAt);
        Assert.True(SessionToken.TryRead(token, Key, default, ExpiresAt.AddMilliseconds(-1), out _));
        Assert.False(SessionToken.TryRead(token, Key, default, ExpiresAt, out _));
    }

    [Fact]
    public void A_rotation_keeps_old_tokens_good_until_the_previous_key_is_dropped()
    {
        var token = SessionToken.Make(OldKey, Sample.Shopper, ExpiresAt);
        Assert.True(SessionToken.TryRead(token, Key, OldKey, Sample.Start, out _));
        Assert.False(SessionToken.TryRead(token, Key, default, Sample.Start, out _));
    }

    [Fact]
    public void No_changed_bit_is_accepted()
    {
        var bytes = Base64Url.DecodeFromChars(SessionToken.Make(Key, Sample.Shopper, ExpiresAt));
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(SessionToken.TryRead(Base64Url.EncodeToString(bytes), Key, OldKey, Sample.Start, out _));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void No_other_spelling_is_accepted()
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var token = SessionToken.Make(Key, Sample.Shopper, ExpiresAt);
        foreach (var last in alphabet.Where(c => c != token[^1]))
            Assert.False(SessionToken.TryRead(token[..^1] + last, Key, default, Sample.Start, out _));
        foreach (var other in new[] { token + "=", token + "==", " " + token, token + "\n", token + "A", token[..^1], token.Insert(5, " ") })
            Assert.False(SessionToken.TryRead(other, Key, default, Sample.Start, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("Ωmega")]
    public void Nonsense_is_refused(string token) => Assert.False(SessionToken.TryRead(token, Key, OldKey, Sample.Start, out _));

    [Fact]
    public void A_very_long_token_is_refused() => Assert.False(SessionToken.TryRead(new string('A', 10_000), Key, OldKey, Sample.Start, out _));
}
