using FlashSale.Contracts;
using FlashSale.Grains.Campaign;
using FlashSale.Grains.Cart;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.OperatorKeys;
using FlashSale.Grains.Stock;

namespace FlashSale.Grains.Tests.Contracts;

/// <summary>What is stored or sent keeps its number for ever. These tables may only grow.</summary>
public class FrozenNumbersTests
{
    private static IEnumerable<EventType> AllTypes =>
        [.. StockCodec.Events.Types, .. CartCodec.Events.Types, .. CampaignCodec.Events.Types, .. OperatorKeyCodec.Events.Types];

    [Fact]
    public void Event_types_keep_their_numbers() => Assert.Equal(
        [
            "1 Registered", "2 Received", "3 Withdrawn", "4 PoolConfigured", "5 Held", "6 Extended", "7 Confirmed", "8 Released", "9 Expired",
            "10 Refunded", "11 PoolFrozen", "12 PoolResumed", "13 PoolClosed", "14 WithdrawalGivenUp",
            "32 Claimed", "33 ClaimRefused", "34 ClaimEnded",
            "64 Configured", "65 StepFinished", "66 Undone", "67 CampaignFrozen", "68 CampaignResumed", "69 CampaignClosed",
            "96 KeyBound", "97 KeySettled", "98 KeyRefused", "99 KeyFreed",
        ],
        AllTypes.Select(t => $"{t.Number} {t.Name}"));

    [Fact]
    public void Every_event_class_has_a_number()
    {
        var classes = typeof(StockCodec).Assembly.GetTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(IEvent)));
        Assert.Equal(AllTypes.Select(t => t.Json.Type).OrderBy(t => t.FullName), classes.OrderBy(t => t.FullName));
    }

    [Theory]
    [InlineData(typeof(Status), "Accepted NotFound IdempotencyMismatch NotEligible AdmissionRequired NotOpen Closed Frozen LimitReached SoldOut Overloaded Gone AlreadyConfirmed Conflict")]
    [InlineData(typeof(HoldState), "Held Confirmed Released Expired")]
    [InlineData(typeof(ReleaseCause), "Shopper Operator ClaimRefused KeyUsedElsewhere Order")]
    [InlineData(typeof(CampaignAction), "Freeze Resume Close")]
    [InlineData(typeof(Availability), "Available Low SoldOut")]
    public void Enums_keep_their_numbers(Type type, string names)
    {
        var expected = names.Split(' ').Select((name, number) => $"{number} {name}");
        Assert.Equal(expected, Enum.GetValues(type).Cast<object>().Select(v => $"{Convert.ToInt32(v)} {v}"));
    }
}
