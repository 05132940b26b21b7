using System.Text;
using FlashSale.Drop.Crowd;
using FlashSale.Drop.Http;

namespace FlashSale.Drop.Tests;

public sealed class CrowdTests
{
    [Fact]
    public void Percentiles_are_at_most_one_bucket_too_high()
    {
        var histogram = new LatencyHistogram();
        for (var us = 1; us <= 100_000; us++)
            histogram.Record(TimeSpan.FromMicroseconds(us));
        foreach (var percent in new[] { 1, 50, 95, 99, 99.9, 100 })
            Assert.InRange(histogram.Percentile(percent).TotalMicroseconds, percent * 1000, percent * 1000 * 1.033);
        Assert.Equal(TimeSpan.FromMilliseconds(100), histogram.Max);
    }

    [Fact]
    public void Merged_histograms_count_both()
    {
        var (a, b) = (new LatencyHistogram(), new LatencyHistogram());
        a.Record(TimeSpan.FromMicroseconds(10));
        b.Record(TimeSpan.FromHours(9));
        a.Add(b);
        Assert.Equal((2, TimeSpan.FromHours(9)), (a.Count, a.Max));
        Assert.Equal(10, a.Percentile(50).TotalMicroseconds);
    }

    [Fact]
    public void A_shopper_never_calls_as_often_as_the_contract_allows()
    {
        var pace = default(Pace);
        var now = TimeSpan.Zero;
        var calls = new List<TimeSpan>();
        while (calls.Count < 200)
        {
            now += pace.WaitFor(3, now);
            for (var i = 0; i < 3; i++)
            {
                pace.Spend(now);
                calls.Add(now);
            }
        }

        for (var first = 0; first < calls.Count; first++)
            for (var last = first; last < calls.Count; last++)
                Assert.True(last - first + 1 <= 20 + (10 * (calls[last] - calls[first]).TotalSeconds));
    }

    [Fact]
    public void The_same_seed_casts_the_same_crowd()
    {
        var options = new DropOptions { Shoppers = 2000, AbandonPercent = 30 };
        var crowd = Cast.Draw(options, "a").Select(shopper => (shopper.Ponders, Habits: HabitsOf(shopper))).ToList();
        Assert.Equal(crowd, Cast.Draw(options, "b").Select(shopper => (shopper.Ponders, Habits: HabitsOf(shopper))));
        Assert.NotEqual(crowd, Cast.Draw(options with { Seed = 2 }, "a").Select(shopper => (shopper.Ponders, Habits: HabitsOf(shopper))));
        Assert.InRange(crowd.Count(shopper => (shopper.Habits & Habits.Abandons) != Habits.None), 500, 700);
    }

    [Theory]
    [InlineData(201, "{}", (int)AnswerKind.Held, "201")]
    [InlineData(409, """{"code":"sold_out","mayReturn":true}""", (int)AnswerKind.SoldOut, "sold_out")]
    [InlineData(409, """{"extra":{"code":"x"},"code":"limit_reached","owned":1}""", (int)AnswerKind.LimitReached, "limit_reached")]
    [InlineData(503, """{"code":"unavailable","retryAfterMs":50}""", (int)AnswerKind.Unavailable, "unavailable")]
    [InlineData(429, """{"code":"rate_limited"}""", (int)AnswerKind.RateLimited, "rate_limited")]
    [InlineData(500, """{"code":"sold_out"}""", (int)AnswerKind.Odd, "sold_out_with_status_500")]
    [InlineData(500, """{"code":"internal"}""", (int)AnswerKind.Odd, "internal")]
    [InlineData(404, "", (int)AnswerKind.Odd, "status_404")]
    [InlineData(409, """{"code":7}""", (int)AnswerKind.Odd, "status_409")]
    [InlineData(409, """{"code":"sold_out","mayReturn":""", (int)AnswerKind.Odd, "status_409")]
    [InlineData(200, "<html>", (int)AnswerKind.Odd, "status_200")]
    public void Answers_are_read(int status, string body, int kind, string code)
    {
        var answer = Answer.Read(new Response(status, Encoding.UTF8.GetBytes(body), null));
        Assert.Equal(((AnswerKind)kind, code), (answer.Kind, answer.Code));
    }

    [Fact]
    public void Retry_times_are_kept_within_reason()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(50), RetryOf("50"));
        Assert.Equal(TimeSpan.FromSeconds(5), RetryOf("999999999"));
        Assert.Equal(TimeSpan.FromMilliseconds(200), RetryOf("-3"));

        static TimeSpan RetryOf(string ms) =>
            Answer.Read(new Response(503, Encoding.UTF8.GetBytes($$"""{"code":"overloaded","retryAfterMs":{{ms}}}"""), null)).RetryAfter;
    }

    static Habits HabitsOf(Shopper shopper) =>
        Enum.GetValues<Habits>().Where(shopper.Has).Aggregate(Habits.None, (all, habit) => all | habit);
}
