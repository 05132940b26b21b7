using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Tests;

public sealed class TimelineTests
{
    static readonly TimeSpan Origin = TimeSpan.FromSeconds(1000);

    readonly Timeline _timeline = new();

    public TimelineTests() => _timeline.Begin(Origin);

    [Fact]
    public void An_answer_counts_when_it_came_and_its_latency_from_when_the_turn_was()
    {
        Hold(AnswerKind.SoldOut, turn: 0.5, answered: 3.5);
        Assert.Equal([0L, 0, 0, 1], _timeline.Seconds.Select(second => second[AnswerKind.SoldOut]));
        Assert.Equal([1L, 0, 0, 0], _timeline.Seconds.Select(second => second.LatencyOfTurns.Count));
        Assert.Equal([0L, 0, 0, 1], _timeline.Seconds.Select(second => second.LatencyOfAnswers.Count));
        Assert.Equal(TimeSpan.FromSeconds(3), _timeline.Latency().Max);
    }

    [Fact]
    public void A_broken_connection_is_counted_and_has_no_latency()
    {
        Hold(AnswerKind.Broken, 0, 1);
        Assert.Equal((0, 1), (_timeline.Latency().Count, _timeline.Seconds[1][AnswerKind.Broken]));
    }

    [Fact]
    public void Nothing_counts_before_the_opening_and_after_the_end()
    {
        var timeline = new Timeline();
        timeline.CountAnswer(AnswerKind.Released, At(0));
        timeline.Begin(Origin);
        timeline.CountStart(At(0), At(0.25));
        timeline.End(At(1));
        timeline.CountHold(AnswerKind.Held, isDecision: true, At(0), At(2));
        timeline.CountDue(At(2), At(2));
        Assert.Equal((1, 1, 0), (timeline.Seconds.Count, timeline.Seconds[0].Started, timeline.Latency().Count));
        Assert.Equal(TimeSpan.FromSeconds(1), timeline.Length);
    }

    [Fact]
    public void Whoever_waits_for_half_of_the_stock_hears_when_that_much_is_held()
    {
        var two = _timeline.WhenHeldAsync(2);
        Hold(AnswerKind.Held, 0, 1);
        Hold(AnswerKind.SoldOut, 0, 1);
        Assert.False(two.IsCompleted);
        Hold(AnswerKind.Held, 0, 1);
        Assert.True(two.IsCompleted);
        Assert.True(_timeline.WhenHeldAsync(1).IsCompleted);
    }

    [Fact]
    public void The_silence_around_a_mark_is_the_longest_time_without_a_yes_or_no()
    {
        Hold(AnswerKind.Held, 0, 5);
        Hold(AnswerKind.Held, 0, 6);
        _timeline.AddMark("killed", At(7));
        Hold(AnswerKind.Unavailable, 0, 7.5);
        Hold(AnswerKind.SoldOut, 0, 9);
        // Long after, when there may be nobody to answer.
        Hold(AnswerKind.SoldOut, 0, 16);
        Hold(AnswerKind.SoldOut, 0, 18);
        Hold(AnswerKind.SoldOut, 0, 60);
        Assert.Equal(TimeSpan.FromSeconds(7), _timeline.SilenceMax);
        Assert.Equal(new Mark(TimeSpan.FromSeconds(7), "killed"), _timeline.LastMark);
    }

    [Fact]
    public void Recently_is_the_mean_of_the_last_whole_seconds()
    {
        for (var i = 0; i < 6; i++)
            Hold(AnswerKind.Held, 1.9, 2 + (i * 0.3));
        Hold(AnswerKind.Held, 4, 4.5);
        var (perSecond, latency) = _timeline.Recent(At(4.6), 2);
        Assert.Equal((3, 6), (perSecond[(int)AnswerKind.Held], latency.Count));
        Assert.Equal((0, 0), (_timeline.Recent(At(0.5), 3).PerSecond.Sum(), _timeline.Recent(At(90), 3).PerSecond.Sum()));
    }

    void Hold(AnswerKind kind, double turn, double answered) =>
        _timeline.CountHold(kind, kind is AnswerKind.Held or AnswerKind.SoldOut, At(turn), At(answered));

    static TimeSpan At(double seconds) => Origin + TimeSpan.FromSeconds(seconds);
}
