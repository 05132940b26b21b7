using System.Text.Json;
using FlashSale.Contracts;

namespace FlashSale.Grains.Tests.Contracts;

public class IdTests
{
    [Theory]
    [InlineData("a", true)]
    [InlineData("Dunk_Low-42", true)]
    [InlineData("", false)]
    [InlineData("with space", false)]
    [InlineData("ünïcode", false)]
    [InlineData("a/b", false)]
    [InlineData("a\0b", false)]
    public void Sku_is_one_to_64_characters_of_the_alphabet(string text, bool valid) => Assert.Equal(valid, Sku.TryParse(text, out _));

    [Fact]
    public void Sku_has_at_most_64_characters()
    {
        Assert.True(Sku.TryParse(new string('a', 64), out _));
        Assert.False(Sku.TryParse(new string('a', 65), out _));
        Assert.False(Sku.TryParse(null, out _));
    }

    [Fact]
    public void Hold_and_operation_ids_are_read_back_as_written()
    {
        for (var i = 0; i < 200; i++)
        {
            var operation = OperationId.Of("mei", "hold", $"key {i}");
            Assert.True(OperationId.TryParse(operation.ToString(), out var sameOperation));
            Assert.True(HoldId.TryParse(new HoldId(operation).ToString(), out var sameHold));
            Assert.Equal((operation, new HoldId(operation)), (sameOperation, sameHold));
            Assert.Equal(HoldId.Length, new HoldId(operation).ToString().Length);
        }
    }

    [Theory]
    [InlineData("6JPyga6ftASIQavSMtdYfR")] // The unused bits of the last character are not zero: another spelling of the same 128 bits.
    [InlineData("6JPyga6ftASIQavSMtdYf")]
    [InlineData("6JPyga6ftASIQavSMtdYf=")]
    [InlineData("6JPyga6ftASIQavSMtdYf+")]
    [InlineData("6JPyga6ftAS IQavSMtdYf")]
    [InlineData("--------------------------------")]
    public void Text_that_is_no_hold_id_is_refused(string text) => Assert.False(HoldId.TryParse(text, out _));

    [Fact]
    public void Operations_differ_where_shopper_kind_or_key_differ_and_parts_cannot_be_shifted()
    {
        var ids = new[]
        {
            OperationId.Of("mei", "hold", "tap"), OperationId.Of("li", "hold", "tap"), OperationId.Of("mei", "order", "tap"),
            OperationId.Of("mei", "hold", "tap2"), OperationId.Of("meih", "old", "tap"), OperationId.Of("", "meihold", "tap"),
        };
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    [Fact]
    public void Longest_allowed_parts_fit() => OperationId.Of(new string('s', 64), "adjust:" + new string('k', 64), new string('~', 128));

    [Theory]
    [InlineData("2026-11-11T10:00:00.123Z", "2026-11-11T10:00:00.123Z")]
    [InlineData("2026-11-11T18:00:00.1239999+08:00", "2026-11-11T10:00:00.123Z")]
    public void Times_are_kept_in_utc_to_the_millisecond(string read, string written)
    {
        var time = JsonSerializer.Deserialize<DateTimeOffset>($"\"{read}\"", Options);
        Assert.Equal($"\"{written}\"", JsonSerializer.Serialize(time, Options));
        Assert.Equal(written, TimeJsonConverter.Text(time));
    }

    [Theory]
    [InlineData("\"2026-11-11T10:00:00\"")]
    [InlineData("\"2026-11-11\"")]
    [InlineData("\"10:00\"")]
    [InlineData("1762855200")]
    public void Time_without_an_offset_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<DateTimeOffset>(json, Options));

    private static readonly JsonSerializerOptions Options = new() { Converters = { new TimeJsonConverter() } };
}
