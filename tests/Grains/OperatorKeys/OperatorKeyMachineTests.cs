using FlashSale.Contracts;
using FlashSale.Grains.Ledger;
using FlashSale.Grains.OperatorKeys;

namespace FlashSale.Grains.Tests.OperatorKeys;

public sealed class OperatorKeyMachineTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 11, 10, 0, 0, TimeSpan.Zero);
    private static readonly StockResult Conflict = new(Status.Conflict, Detail: "3 are available");

    private readonly OperatorKeyMachine _machine = new();
    private readonly List<OperatorKeyEvent> _events = [];
    private OperatorKeyState _key = new();
    private long _seq;

    [Fact]
    public void A_key_is_bound_before_the_stock_is_asked()
    {
        var question = Bind(Of("a", -5)).Question!;
        Assert.Equal((Of("a", -5), false, true), (question.Adjustment, question.GiveUp, question.IsMine));
        Assert.Equal(Of("a", -5), _key.Bound);
    }

    [Fact]
    public void An_accepted_adjustment_is_repeated_word_for_word_without_asking()
    {
        Settle(Bind(Of("a", 5)).Question!, Accepted("a", 5));
        var repeat = Bind(Of("a", 5) with { Told = new Told("renamed since", Money.None) });
        Assert.Null(repeat.Question);
        Assert.Equal((Status.Accepted, true, "named"), (repeat.Answer!.Status, repeat.Answer.Repeated, repeat.Answer.Told!.Name));
        Assert.Equal(5, repeat.Answer.View!.Received);
    }

    [Theory]
    [InlineData("b", 5, "receipt")]
    [InlineData("a", 6, "receipt")]
    [InlineData("a", -5, "receipt")]
    [InlineData("a", 5, "another receipt")]
    public void A_key_that_has_acted_acts_for_nothing_else(string sku, long delta, string reason)
    {
        Settle(Bind(Of("a", 5)).Question!, Accepted("a", 5));
        Assert.Equal(Status.IdempotencyMismatch, Bind(Of(sku, delta) with { Reason = reason }).Answer?.Status);
    }

    [Fact]
    public void What_a_crash_left_open_is_asked_first_whoever_comes()
    {
        Bind(Of("a", -5));
        var other = Bind(Of("b", 1)).Question!;
        Assert.Equal((new Sku("a"), false, false), (other.Adjustment.Sku, other.GiveUp, other.IsMine));
        Assert.True(Bind(Of("a", -5)).Question!.IsMine);
        Assert.Equal(1, _seq);

        Settle(other, Accepted("a", -5));
        Assert.Equal(Status.IdempotencyMismatch, Bind(Of("b", 1)).Answer?.Status);
        Assert.Equal(Status.Accepted, Bind(Of("a", -5)).Answer?.Status);
    }

    [Fact]
    public void A_refused_adjustment_is_asked_again_under_its_operation()
    {
        var first = Bind(Of("a", -5)).Question!;
        Settle(first, Conflict);
        Assert.Equal(first, Bind(Of("a", -5)).Question);
        Settle(first, Conflict);
        Assert.Equal(2, _seq); // Bound and refused; the second refusal is no news.
        Settle(first, Accepted("a", -5));
        Assert.Equal(Status.Accepted, Bind(Of("a", -5)).Answer?.Status);
    }

    [Fact]
    public void A_refused_adjustment_is_given_up_before_the_key_stands_for_another()
    {
        var first = Bind(Of("a", -5)).Question!;
        Settle(first, Conflict);
        var giveUp = Bind(Of("b", 1)).Question!;
        Assert.Equal((first.Adjustment, true, false), (giveUp.Adjustment, giveUp.GiveUp, giveUp.IsMine));
        Settle(giveUp, Conflict);
        var second = Bind(Of("b", 1)).Question!;
        Assert.True(second is { GiveUp: false, IsMine: true });
        Assert.NotEqual(Of("b", 1).Operation, second.Adjustment.Operation);
        Settle(second, Accepted("b", 1));
        Assert.Equal(Status.IdempotencyMismatch, Bind(Of("a", -5)).Answer?.Status);
    }

    [Fact]
    public void Each_adjustment_given_up_spends_its_operation()
    {
        var first = Of("a", -5);
        Settle(Bind(first).Question!, Conflict);
        Settle(Bind(Of("a", -4)).Question!, Conflict);
        var second = Bind(Of("a", -4)).Question!;
        Assert.Equal(Again(1), second.Adjustment.Operation);
        Settle(second, Conflict);
        Settle(Bind(Of("a", -3)).Question!, Conflict);
        Assert.Equal(Again(2), Bind(Of("a", -3)).Question!.Adjustment.Operation);

        OperationId Again(int givenUp) => OperationId.Of(first.Operation.ToString(), "again", $"{givenUp}");
    }

    [Fact]
    public void What_a_freed_key_stands_for_next_is_not_given_up_for_the_refusal_before_it()
    {
        Settle(Bind(Of("a", -5)).Question!, Conflict);
        Settle(Bind(Of("b", 1)).Question!, Conflict);
        Bind(Of("b", 1));
        var other = Bind(Of("c", 1)).Question!;
        Assert.Equal((new Sku("b"), false, false), (other.Adjustment.Sku, other.GiveUp, other.IsMine));
    }

    [Fact]
    public void Events_carry_the_operation_by_which_the_stock_is_asked()
    {
        var first = Bind(Of("a", -5)).Question!;
        Settle(first, Conflict);
        Settle(Bind(Of("b", 1)).Question!, Conflict);
        var second = Bind(Of("b", 1)).Question!;
        Settle(second, Accepted("b", 1));

        OperationId? one = first.Adjustment.Operation;
        OperationId? two = second.Adjustment.Operation;
        Assert.Equal(
            [(nameof(KeyBound), one), (nameof(KeyRefused), one), (nameof(KeyFreed), one), (nameof(KeyBound), two), (nameof(KeySettled), two)],
            _events.Select(e => (e.GetType().Name, e.Operation)));
    }

    [Fact]
    public void A_refused_adjustment_that_happened_after_all_keeps_the_key()
    {
        Settle(Bind(Of("a", -5)).Question!, Conflict);
        Settle(Bind(Of("b", 1)).Question!, Accepted("a", -5));
        Assert.Equal(Status.IdempotencyMismatch, Bind(Of("b", 1)).Answer?.Status);
        Assert.Equal(Status.Accepted, Bind(Of("a", -5)).Answer?.Status);
    }

    [Theory]
    [InlineData(Status.IdempotencyMismatch)]
    [InlineData(Status.NotFound)]
    public void A_refusal_that_no_second_copy_can_turn_frees_the_key_and_spends_no_operation(Status refusal)
    {
        Settle(Bind(Of("a", 5)).Question!, new StockResult(refusal));
        Assert.Equal(Of("a", 6), Bind(Of("a", 6)).Question!.Adjustment);
    }

    [Fact]
    public void An_answer_that_comes_late_settles_nothing()
    {
        var first = Bind(Of("a", -5)).Question!;
        Settle(first, Conflict);
        Settle(Bind(Of("b", -1)).Question!, Conflict);
        Bind(Of("b", -1));
        var before = _seq;
        Settle(first, Accepted("a", -5));
        Assert.Equal(before, _seq);
    }

    [Fact]
    public void A_snapshot_keeps_all()
    {
        Settle(Bind(Of("a", -5)).Question!, Conflict);
        AssertKept();
        Settle(Bind(Of("b", 1)).Question!, Conflict);
        AssertKept();
        Settle(Bind(Of("b", 1)).Question!, Accepted("b", 1));
        AssertKept();
    }

    private void AssertKept()
    {
        var read = OperatorKeyCodec.Snapshots.Decode(OperatorKeyCodec.Snapshots.Encode(_key));
        Assert.Equal((_key.Bound, _key.Refused, _key.GivenUp), (read.Bound, read.Refused, read.GivenUp));
        Assert.Equal((_key.Answer?.Told, _key.Answer?.View.Seq), (read.Answer?.Told, read.Answer?.View.Seq));
    }

    private static Adjustment Of(string sku, long delta) =>
        new(OperationId.Of("operator:", "adjust:" + sku, "key"), new Sku(sku), delta, "receipt", new Told("named", new Money(100, "CNY")));

    private static StockResult Accepted(string sku, long delta) => new(
        Status.Accepted,
        View: new StockView(new Sku(sku), true, delta, 0, delta, [new PoolView(new CampaignId("drop"), 1, 2, 3)], Epoch: 3, Seq: 2),
        Told: new Told("named", new Money(100, "CNY"), 3));

    private KeyResult Bind(Adjustment adjustment) => Do(new BindKey(adjustment));

    private void Settle(Question question, StockResult answer) => Do(new SettleKey(question, answer));

    private KeyResult Do(OperatorKeyCommand command)
    {
        var decision = _machine.Decide(_key, command, Now);
        _events.AddRange(decision.Events);
        foreach (var e in decision.Events)
        {
            var row = OperatorKeyCodec.Events.Encode(e, new EventStamp(++_seq, Now));
            _key = _machine.Apply(_key, OperatorKeyCodec.Events.Decode("operator/test", row), new EventStamp(_seq, Now));
        }

        return decision.Result;
    }
}
