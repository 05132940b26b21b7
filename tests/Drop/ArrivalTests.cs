using FlashSale.Drop.Arrivals;
using FlashSale.Drop.Crowd;

namespace FlashSale.Drop.Tests;

public sealed class ArrivalTests
{
    static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(200_000, 10_000, 1)]
    [InlineData(500, 100, 0)]
    [InlineData(7, 1, 3)]
    public void A_spike_takes_the_whole_crowd(int shoppers, double peak, double ramp)
    {
        var curve = SpikeCurve.WithPeak(shoppers, peak, Second * ramp)!;
        Assert.Equal(shoppers, Integral(curve, curve.Length), shoppers * 0.001);
        Assert.Equal(peak, curve.RateAt(Second * ramp), 6);
        Assert.Equal(peak * SpikeCurve.TailEnd, curve.RateAt(curve.Length - TimeSpan.FromTicks(1)), peak * 1e-5);
        Assert.Equal((0, 0), (curve.RateAt(curve.Length), (int)curve.TimeOf(0).TotalSeconds));
        Assert.Equal(curve.Length.TotalSeconds, curve.TimeOf(1).TotalSeconds, 3);
    }

    [Fact]
    public void The_tail_gives_the_peak_as_the_peak_gives_the_tail()
    {
        var curve = SpikeCurve.WithPeak(50_000, 3000, Second)!;
        var same = SpikeCurve.WithTail(50_000, Second, curve.Tail);
        Assert.Equal((3000, curve.Length.TotalSeconds), (same.Peak, same.Length.TotalSeconds), new Near());
    }

    [Fact]
    public void A_ramp_that_would_take_more_than_all_is_none() => Assert.Null(SpikeCurve.WithPeak(100, 100, Second * 3));

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.3)]
    [InlineData(0.99)]
    public void Until_the_time_of_a_share_that_share_has_come(double share)
    {
        var curve = SpikeCurve.WithPeak(1000, 100, Second * 2)!;
        Assert.Equal(share * 1000, Integral(curve, curve.TimeOf(share)), 0.5);
    }

    [Fact]
    public void A_steady_curve_is_steady()
    {
        var curve = new SteadyCurve(100, 20);
        Assert.Equal((Second * 5, Second * 2.5, 20, 20, 0), (curve.Length, curve.TimeOf(0.5), curve.Peak, curve.RateAt(Second * 4), curve.RateAt(Second * 5)));
    }

    [Fact]
    public void Arrivals_are_drawn_in_order_as_dense_as_the_curve_and_the_same_for_the_same_seed()
    {
        var curve = SpikeCurve.WithPeak(20_000, 2000, Second * 2)!;
        var times = curve.Draw(20_000, new Random(5));
        Assert.Equal(20_000, times.Length);
        Assert.Equal(times.Order(), times);
        Assert.Equal(times, curve.Draw(20_000, new Random(5)));
        for (var second = 0; second < 10; second++)
        {
            var expected = Integral(curve, Second * (second + 1)) - Integral(curve, Second * second);
            Assert.Equal(expected, times.Count(time => (int)time.TotalSeconds == second), 5 * Math.Sqrt(expected));
        }
    }

    [Theory]
    [InlineData(200_000, null, 10_000, 92)]
    [InlineData(10_000, null, 1818, 24)]
    [InlineData(200_000, 20_000, 20_000, 45)]
    public void Without_more_the_crowd_comes_as_a_spike_that_follows_from_its_size(int shoppers, int? rate, double peak, double seconds)
    {
        var curve = Assert.IsType<SpikeCurve>(new LoopOptions { Rate = rate, Curve = rate is null ? null : LoopOptions.Spike }.CurveFor(shoppers));
        Assert.Equal((peak, seconds), (Math.Round(curve.Peak), Math.Round(curve.Length.TotalSeconds)));
    }

    [Fact]
    public void A_rate_alone_is_steady_and_a_closed_loop_has_no_curve()
    {
        Assert.Equal(new SteadyCurve(1000, 50), new LoopOptions { Rate = 50 }.CurveFor(1000));
        Assert.Equal(new SteadyCurve(1000, 200), new LoopOptions { Curve = LoopOptions.Steady }.CurveFor(1000));
        Assert.Null(new LoopOptions { Closed = true }.CurveFor(1000));
    }

    [Fact]
    public void Everybody_is_let_in_when_their_time_has_come_and_with_that_time()
    {
        var timeline = new Timeline();
        var floor = new Floor(timeline);
        Shopper[] crowd = [.. Enumerable.Range(0, 4).Select(i => new Shopper($"s{i}", Habits.None, TimeSpan.Zero, i))];
        var schedule = new Schedule(crowd, [Second * 0.5, Second, Second * 3, Second * 9], floor, timeline);
        floor.Expect(4);
        var origin = Second * 100;
        timeline.Begin(origin);

        schedule.LetIn(origin, origin + (Second * 0.4));
        Assert.Equal((0, 4), (schedule.Arrived, floor.Active));
        schedule.LetIn(origin, origin + Second);
        Assert.Equal((2, 2), (schedule.Arrived, floor.Backlog));
        // Late by two seconds: who should have come at 3 s is let in now, and counts from 3 s all the same.
        schedule.LetIn(origin, origin + (Second * 5));

        Assert.Equal([Second * 100.5, Second * 101, Second * 103], Enumerable.Range(0, 3).Select(_ => floor.Ready.TryRead(out var shopper) ? shopper.Due!.Value : default));
        Assert.Equal((3, Second * 2), (schedule.Arrived, timeline.LagMax));
        Assert.Equal([1L, 1, 0, 1], timeline.Seconds.Select(second => second.Due));
    }

    static double Integral(ArrivalCurve curve, TimeSpan until)
    {
        const int Steps = 20_000;
        return Enumerable.Range(0, Steps).Sum(i => curve.RateAt(until * ((i + 0.5) / Steps))) * until.TotalSeconds / Steps;
    }

    sealed class Near : IEqualityComparer<(double, double)>
    {
        public bool Equals((double, double) x, (double, double) y) => Math.Abs(x.Item1 - y.Item1) < 0.01 && Math.Abs(x.Item2 - y.Item2) < 0.01;

        public int GetHashCode((double, double) pair) => 0;
    }
}
