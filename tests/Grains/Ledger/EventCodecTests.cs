using FlashSale.Contracts;
using FlashSale.Grains.Journal;
using FlashSale.Grains.Ledger;

namespace FlashSale.Grains.Tests.Ledger;

/// <summary>Events to rows and back.</summary>
public sealed class EventCodecTests
{
    private static readonly EventType Tally = new(1, TallyJson.Default.TallyEvent);
    private static readonly EventRow Row = new(7, DateTimeOffset.UnixEpoch, null, 1, """{"Number":5}""");

    private readonly EventCodec<TallyEvent> _codec = new(Tally);

    [Fact]
    public void What_is_written_is_read_again_with_its_operation()
    {
        var e = new TallyEvent(5) { Operation = OperationId.Of("s-1", "add", "key") };
        Assert.Equal(e, _codec.Decode("tally/a", _codec.Encode(e, new EventStamp(7, DateTimeOffset.UnixEpoch))));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Numbers_of_types_begin_with_one(int number) =>
        Assert.Throws<ArgumentException>(() => new EventCodec<TallyEvent>(Tally, new EventType(number, TallyJson.Default.TallyState)));

    [Theory]
    [InlineData("""{"Number":""")]
    [InlineData("""{"Number":"five"}""")]
    [InlineData("null")]
    public void A_payload_that_is_no_event_quarantines_and_names_the_event(string payload) =>
        Assert.Contains("tally/a: event 7 (TallyEvent)", Refused(Row with { Payload = payload }), StringComparison.Ordinal);

    [Theory]
    [InlineData("not an operation")]
    [InlineData("gggggggggggggggggggggggggggggggg")]
    public void An_operation_that_is_none_quarantines_rather_than_being_forgotten(string operation) =>
        Assert.Contains("32 hexadecimal digits", Refused(Row with { Operation = operation }), StringComparison.Ordinal);

    [Fact]
    public void A_type_that_is_not_known_quarantines() => Assert.Contains("type 77", Refused(Row with { Type = 77 }), StringComparison.Ordinal);

    private string Refused(EventRow row) => Assert.Throws<LedgerQuarantinedException>(() => _codec.Decode("tally/a", row)).Message;
}
